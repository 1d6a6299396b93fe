package dev.ssologout.benchmark;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what comes by itself. */
final class Await {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long POLL_NANOS = Duration.ofMillis(1).toNanos();

  private Await() {}

  /**
   * @param what it is, for the error
   * @throws IllegalStateException if it does not hold within ten minutes
   */
  static void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new IllegalStateException("waited in vain for " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /**
   * @return whether it holds before the time is over
   */
  static boolean within(Duration limit, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }
}
