package dev.ssologout.benchmark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Variants of which each is measured once in every round, so that whatever else the machine does
 * meets all of them alike. Every other round goes backwards, for what changes over time.
 */
final class Interleaved {
  private final Map<String, Measurement> variants = new LinkedHashMap<>();
  private final Map<String, List<Map<String, Double>>> results = new LinkedHashMap<>();

  /** One measurement of a variant. */
  interface Measurement {
    /**
     * @return the figures by their names
     */
    Map<String, Double> run() throws Exception;
  }

  /** Adds a variant; the first is the baseline of the others. */
  Interleaved variant(String name, Measurement measurement) {
    variants.put(name, measurement);
    results.put(name, new ArrayList<>());
    return this;
  }

  /**
   * @param warmUps rounds whose results are dropped
   * @param progress is told of each round
   */
  Interleaved run(int warmUps, int rounds, Consumer<String> progress) throws Exception {
    for (int round = 1 - warmUps; round <= rounds; round++) {
      progress.accept(
          round < 1
              ? "warm-up %d of %d".formatted(round + warmUps, warmUps)
              : "round %d of %d".formatted(round, rounds));
      List<String> order = new ArrayList<>(variants.keySet());
      if (Math.floorMod(round, 2) == 0) {
        Collections.reverse(order);
      }
      for (String name : order) {
        Map<String, Double> figures = variants.get(name).run();
        if (round > 0) {
          results.get(name).add(figures);
        }
      }
    }
    return this;
  }

  /**
   * One of the figures, of all variants that have it.
   *
   * @param figure its name
   * @param bound what limits it
   */
  Comparison compare(String title, String figure, String unit, String bound) {
    List<Comparison.Row> rows = new ArrayList<>();
    List<Double> baseline = null;
    for (Map.Entry<String, List<Map<String, Double>>> variant : results.entrySet()) {
      List<Double> values = new ArrayList<>();
      variant.getValue().forEach(round -> values.add(round.get(figure)));
      if (values.contains(null)) {
        continue;
      }
      rows.add(new Comparison.Row(variant.getKey(), Spread.of(values), ratios(values, baseline)));
      baseline = baseline == null ? values : baseline;
    }
    return new Comparison(title, unit, bound, rows);
  }

  private static Spread ratios(List<Double> values, List<Double> baseline) {
    if (baseline == null || baseline.contains(0.0)) {
      return null;
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i) / baseline.get(i));
    }
    return Spread.of(ratios);
  }
}
