package dev.ssologout.benchmark;

import java.util.Arrays;
import java.util.Collection;

/**
 * What repeated measurements gave.
 *
 * @param low the least
 * @param high the most
 */
record Spread(double median, double low, double high) {

  static Spread of(Collection<Double> measured) {
    double[] sorted = measured.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], Arrays.stream(sorted).max().getAsDouble());
  }
}
