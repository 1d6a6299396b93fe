package dev.ssologout.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InterleavedTest {

  @Test
  void measuresInTurnAndEveryOtherRoundBackwards() throws Exception {
    List<String> order = new ArrayList<>();
    new Interleaved()
        .variant("a", () -> figure(order, "a"))
        .variant("b", () -> figure(order, "b"))
        .run(1, 2, round -> order.add(round));

    assertThat(order)
        .containsExactly(
            "warm-up 1 of 1", "b", "a", "round 1 of 2", "a", "b", "round 2 of 2", "b", "a");
  }

  @Test
  void takesTheRatioWithinEachRound() throws Exception {
    // The machine is ten times slower in the last round, which the ratio does not see.
    Deque<Double> stock = new ArrayDeque<>(List.of(99.0, 10.0, 20.0, 200.0));
    Deque<Double> extension = new ArrayDeque<>(List.of(1.0, 11.0, 24.0, 220.0));
    Comparison comparison =
        new Interleaved()
            .variant("stock", () -> Map.of("p50", stock.pop()))
            .variant("extension", () -> Map.of("p50", extension.pop()))
            .run(1, 3, round -> {})
            .compare("Logout", "p50", "ms", "the processor");

    assertThat(comparison.rows())
        .containsExactly(
            new Comparison.Row("stock", new Spread(20, 10, 200), null),
            new Comparison.Row("extension", new Spread(24, 11, 220), new Spread(1.1, 1.1, 1.2)));
  }

  @Test
  void leavesOutAVariantThatDoesNotHaveTheFigure() throws Exception {
    Comparison comparison =
        new Interleaved()
            .variant("nobody is told", () -> Map.of("logout", 1.0))
            .variant("extension", () -> Map.of("logout", 1.0, "last", 2.0))
            .run(0, 1, round -> {})
            .compare("To the last", "last", "ms", "the processor");

    assertThat(comparison.rows())
        .containsExactly(new Comparison.Row("extension", new Spread(2, 2, 2), null));
  }

  private static Map<String, Double> figure(List<String> order, String variant) {
    order.add(variant);
    return Map.of();
  }
}
