package dev.ssologout.benchmark;

import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;

/** Draws a comparison as bars, with half of what lies between the least and the most at each. */
final class Plot {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;
  // Beyond it the small ones could not be seen.
  private static final double LARGEST_LINEAR_RATIO = 50;

  // A logarithmic axis has no zero for a bar to end at.
  private static final double MOST_BELOW = 0.9;

  private Plot() {}

  static void write(Comparison comparison, Path svg) throws IOException {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(comparison.title())
            .yAxisTitle(comparison.unit())
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setXAxisLabelRotation(comparison.rows().size() > 4 ? 30 : 0);
    List<Double> values = comparison.rows().stream().map(row -> row.value().median()).toList();
    double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    if (least > 0 && most / least > LARGEST_LINEAR_RATIO) {
      chart.getStyler().setYAxisLogarithmic(true);
      chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(least * (1 - MOST_BELOW)))));
    }
    chart.addSeries(
        comparison.title(),
        comparison.rows().stream().map(Comparison.Row::variant).toList(),
        values,
        comparison.rows().stream()
            .map(row -> Math.min(halfOfSpread(row.value()), MOST_BELOW * row.value().median()))
            .toList());
    try (OutputStream out = Files.newOutputStream(svg)) {
      ChartEncoder.saveChart(chart, out, "svg");
    }
  }

  private static double halfOfSpread(Spread spread) {
    return (spread.high() - spread.low()) / 2;
  }
}
