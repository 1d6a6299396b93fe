package dev.ssologout.benchmark;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How long something took, of which many happened. For many threads. */
final class Latencies {
  private static final long LONGEST_NANOS = Duration.ofMinutes(5).toNanos();

  private final Histogram histogram = new ConcurrentHistogram(LONGEST_NANOS, 3);

  /** Takes what is negative, by the resolution of two clocks, for nothing. */
  void add(long nanos) {
    histogram.recordValue(Math.min(LONGEST_NANOS, Math.max(0, nanos)));
  }

  /** In milliseconds. */
  double percentile(double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1e6;
  }

  long count() {
    return histogram.getTotalCount();
  }

  /** Puts p50 and p99, in milliseconds, under the name. */
  void putInto(Map<String, Double> figures, String name) {
    figures.put(name + " p50", percentile(50));
    figures.put(name + " p99", percentile(99));
  }
}
