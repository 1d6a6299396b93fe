package dev.ssologout.relyingparty.spring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long it took, again and again. */
final class Delays {
  private final List<Long> millis = Collections.synchronizedList(new ArrayList<>());

  void add(Duration delay) {
    millis.add(delay.toMillis());
  }

  /** Prints the median and the 99th percentile, which of fewer than 100 is the longest. */
  void print(String what) {
    List<Long> sorted = new ArrayList<>(millis);
    sorted.sort(null);
    int last = sorted.size() - 1;
    System.out.printf(
        "%s: median %d ms, p99 %d ms, of %d%n",
        what,
        sorted.get(sorted.size() / 2),
        sorted.get(Math.min(last, (int) Math.ceil(0.99 * sorted.size()) - 1)),
        sorted.size());
  }
}
