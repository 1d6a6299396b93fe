package dev.ssologout.listener;

import dev.ssologout.message.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.keycloak.models.jpa.entities.OutboxEntryStatus;

/**
 * What an operator sees in Keycloak's {@code /metrics}; docs/operations.md says what each means.
 * None has the realm as a label, since there may be any number of realms.
 */
final class LogoutMetrics implements AutoCloseable {
  private static final Duration COUNT_INTERVAL = Duration.ofSeconds(5);

  /** Counting takes this part of the relay's time at the most, however many rows there are. */
  private static final int COUNT_SHARE = 20;

  private static final Duration[] LATENCIES = {
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(30),
    Duration.ofMinutes(5),
    Duration.ofHours(1),
    Duration.ofHours(6),
  };

  private final CompositeMeterRegistry registry = Metrics.globalRegistry;
  private final List<Meter> meters = new ArrayList<>();
  private final Map<Reason, Counter> captured = new EnumMap<>(Reason.class);
  private final Counter sent;
  private final Counter retried;
  private final Counter failed;
  private final Counter deadLettered;
  private final Counter purged;
  private final Timer latency;

  // Written by the relay's thread, read by scrapes, which so never ask the database.
  private volatile Map<OutboxEntryStatus, Outbox.Count> counts;
  private long nextCount = System.nanoTime();

  /**
   * @param redisUp whether messages can leave this node
   */
  LogoutMetrics(BooleanSupplier redisUp) {
    for (Reason reason : Reason.values()) {
      captured.put(
          reason,
          register(
              Counter.builder("sso.logout.captured")
                  .description("Ended sessions that this node has written to the outbox")
                  .tag("reason", reason.wireName())
                  .register(registry)));
    }
    sent = counter("sso.logout.sent", "Messages that this node has sent to Redis");
    retried = counter("sso.logout.retried", "Tries to send a message that had been refused before");
    failed = counter("sso.logout.failed", "Messages that Redis refused, each time they were tried");
    deadLettered = counter("sso.logout.dead.lettered", "Messages that this node has set aside");
    purged = counter("sso.logout.purged", "Dead letters that this node has removed for their age");
    latency =
        register(
            Timer.builder("sso.logout.commit.to.publish")
                .description("From the capture of an ended session until Redis has its message")
                .serviceLevelObjectives(LATENCIES)
                .register(registry));
    gauge(
        "sso.logout.waiting",
        "Rows of ended sessions that wait to be sent, whichever node captured them",
        () -> rows(OutboxEntryStatus.PENDING));
    gauge(
        "sso.logout.dead.letters",
        "Messages that are set aside, whichever node did it",
        () -> rows(OutboxEntryStatus.DEAD_LETTER));
    register(
        Gauge.builder("sso.logout.oldest.waiting", this::oldestWaiting)
            .baseUnit("seconds")
            .description("How long the oldest row that waits has done so")
            .register(registry));
    gauge(
        "sso.logout.redis.up",
        "Whether this node's messages reach Redis: 1 or 0",
        () -> redisUp.getAsBoolean() ? 1 : 0);
  }

  private Counter counter(String name, String description) {
    return register(Counter.builder(name).description(description).register(registry));
  }

  private void gauge(String name, String description, Supplier<Number> value) {
    register(Gauge.builder(name, value).description(description).register(registry));
  }

  private <M extends Meter> M register(M meter) {
    meters.add(meter);
    return meter;
  }

  /** So many ended sessions have been committed to the outbox. */
  void captured(Reason reason, int count) {
    captured.get(reason).increment(count);
  }

  /** A batch has been committed. */
  void delivered(Delivery.Report report) {
    Instant now = Instant.now();
    sent.increment(report.sent().size());
    retried.increment(report.retried());
    failed.increment(report.refused());
    deadLettered.increment(report.setAside());
    for (Instant capturedAt : report.sent()) {
      // Clocks of two nodes may differ.
      Duration took = Duration.between(capturedAt, now);
      latency.record(took.isNegative() ? Duration.ZERO : took);
    }
  }

  /** So many dead letters have been removed for their age. */
  void purged(int count) {
    purged.increment(count);
  }

  /** Whether it is time to count the rows again, and somebody wants to know. */
  boolean needsCount() {
    return System.nanoTime() - nextCount >= 0 && !registry.getRegistries().isEmpty();
  }

  /**
   * @param outbox counts the rows
   */
  void count(Supplier<Map<OutboxEntryStatus, Outbox.Count>> outbox) {
    long start = System.nanoTime();
    try {
      counts = outbox.get();
    } finally {
      long took = System.nanoTime() - start;
      nextCount = System.nanoTime() + Math.max(COUNT_INTERVAL.toNanos(), COUNT_SHARE * took);
    }
  }

  /** Not a number until they have been counted once. */
  private Number rows(OutboxEntryStatus status) {
    Map<OutboxEntryStatus, Outbox.Count> current = counts;
    return current == null ? Double.NaN : current.get(status).rows();
  }

  private Number oldestWaiting() {
    Map<OutboxEntryStatus, Outbox.Count> current = counts;
    if (current == null) {
      return Double.NaN;
    }
    Instant oldest = current.get(OutboxEntryStatus.PENDING).oldest();
    return oldest == null
        ? 0
        : Math.max(0, Duration.between(oldest, Instant.now()).toMillis() / 1000.0);
  }

  @Override
  public void close() {
    meters.forEach(registry::remove);
  }
}
