package dev.ssologout.benchmark;

import java.util.List;

/**
 * One figure of several variants, measured in turn.
 *
 * @param unit of the values
 * @param bound what limits the figure
 * @param rows the variants; the first is the baseline
 */
record Comparison(String title, String unit, String bound, List<Row> rows) {

  /**
   * A variant.
   *
   * @param value over the rounds
   * @param ratio to the baseline of the same round, over the rounds; {@code null} for the baseline
   *     itself and where that is zero
   */
  record Row(String variant, Spread value, Spread ratio) {}
}
