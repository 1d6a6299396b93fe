package dev.ssologout.testsuite;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** From the end of a session until each tab knew. */
final class LogoutTimes {
  private final Map<String, List<AppTabs.Learned>> byName = new TreeMap<>();

  /**
   * @param name of those that are told of together
   */
  void add(String name, Collection<AppTabs.Learned> tabs) {
    byName.computeIfAbsent(name, key -> new ArrayList<>()).addAll(tabs);
  }

  void print() {
    byName.forEach(
        (name, tabs) -> {
          double[] millis = tabs.stream().mapToDouble(AppTabs.Learned::millis).sorted().toArray();
          System.out.printf(
              "%-50s %3d tabs: median %4.0f ms, p95 %4.0f ms, last %4.0f ms; %s, %s%n",
              name,
              millis.length,
              quantile(millis, 0.5),
              quantile(millis, 0.95),
              millis[millis.length - 1],
              count(tabs, AppTabs.Learned::via),
              count(tabs, AppTabs.Learned::visibility));
        });
  }

  private static double quantile(double[] sorted, double q) {
    return sorted[(int) Math.ceil(q * sorted.length) - 1];
  }

  private static Map<String, Long> count(
      List<AppTabs.Learned> tabs, Function<AppTabs.Learned, String> property) {
    return tabs.stream()
        .collect(Collectors.groupingBy(property, TreeMap::new, Collectors.counting()));
  }
}
