package dev.ssologout.benchmark;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was found, as {@code report.json} and as {@code report.md} with a plot of each comparison.
 * Written after every section, so that a run that is broken off leaves what it had.
 */
final class Report {
  private final Path directory;
  private final PrintStream out;
  private final boolean quick;
  private final Machine machine;
  private final Instant time = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final Map<String, String> versions = new TreeMap<>();
  private final Map<Section, Findings> sections = new LinkedHashMap<>();

  private static final class Findings {
    private final List<Comparison> comparisons = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
  }

  /** As {@code report.json} has it. */
  private record Json(
      Instant time,
      boolean quick,
      Machine machine,
      Map<String, String> versions,
      List<JsonSection> sections) {}

  private record JsonSection(
      int number, String title, List<Comparison> comparisons, List<String> notes) {}

  Report(Path directory, PrintStream out, boolean quick, Machine machine) {
    this.directory = directory;
    this.out = out;
    this.quick = quick;
    this.machine = machine;
  }

  void say(String what) {
    out.println(what);
  }

  void version(String product, String version) {
    versions.put(product, version);
  }

  void add(Section section, Comparison comparison) {
    findings(section).comparisons.add(comparison);
    say(text(comparison));
  }

  void note(Section section, String sentence) {
    findings(section).notes.add(sentence);
    say("  " + sentence);
  }

  private Findings findings(Section section) {
    return sections.computeIfAbsent(section, key -> new Findings());
  }

  Path directory() {
    return directory;
  }

  void write() throws IOException {
    Files.createDirectories(directory);
    List<JsonSection> json =
        sections.entrySet().stream()
            .map(
                entry ->
                    new JsonSection(
                        entry.getKey().number(),
                        entry.getKey().title(),
                        entry.getValue().comparisons,
                        entry.getValue().notes))
            .toList();
    Files.writeString(
        directory.resolve("report.json"),
        new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .registerTypeAdapter(
                Instant.class,
                (JsonSerializer<Instant>)
                    (instant, type, context) -> new JsonPrimitive(instant.toString()))
            .create()
            .toJson(new Json(time, quick, machine, versions, json)));
    Files.writeString(directory.resolve("report.md"), markdown());
  }

  private String markdown() throws IOException {
    StringBuilder text = new StringBuilder("# Benchmarks\n\n");
    text.append(time).append(", on ").append(machine).append(". ");
    text.append(
        versions.entrySet().stream()
            .map(version -> version.getKey() + " " + version.getValue())
            .collect(Collectors.joining(", ")));
    text.append(".\n\nMedian of the rounds, with the least and the most; the ratio is to the")
        .append(" first row of the same round.\n");
    if (quick) {
      text.append("\n**At small size (`--quick`): shows that all works, not what it costs.**\n");
    }
    if (machine.isBusy()) {
      text.append("\n**The machine had other work: only the ratios say something.**\n");
    }
    for (Map.Entry<Section, Findings> entry : sections.entrySet()) {
      Section section = entry.getKey();
      text.append(
          "\n## %d. %s\n\n%s\n".formatted(section.number(), section.title(), section.asks()));
      int plot = 0;
      for (Comparison comparison : entry.getValue().comparisons) {
        String file = "%d-%d.svg".formatted(section.number(), ++plot);
        Plot.write(comparison, directory.resolve(file));
        text.append(table(comparison, file));
      }
      entry.getValue().notes.forEach(note -> text.append("\n").append(note).append("\n"));
    }
    return text.toString();
  }

  private static String table(Comparison comparison, String plot) {
    StringBuilder text = new StringBuilder();
    text.append("\n### %s\n\nIn %s. ".formatted(comparison.title(), comparison.unit()));
    text.append("Bound by %s.\n\n".formatted(comparison.bound()));
    text.append("| | median | least, most | ratio | least, most |\n|---|---:|---:|---:|---:|\n");
    for (Comparison.Row row : comparison.rows()) {
      Spread value = row.value();
      Spread ratio = row.ratio();
      text.append(
          "| %s | %s | %s, %s | %s | %s |\n"
              .formatted(
                  row.variant(),
                  number(value.median()),
                  number(value.low()),
                  number(value.high()),
                  ratio == null ? "" : number(ratio.median()),
                  ratio == null ? "" : number(ratio.low()) + ", " + number(ratio.high())));
    }
    return text.append("\n![%s](%s)\n".formatted(comparison.title(), plot)).toString();
  }

  private static String text(Comparison comparison) {
    StringBuilder text = new StringBuilder("  " + comparison.title() + ", " + comparison.unit());
    for (Comparison.Row row : comparison.rows()) {
      text.append(
          "%n    %-44s %12s  (%s to %s)%s"
              .formatted(
                  row.variant(),
                  number(row.value().median()),
                  number(row.value().low()),
                  number(row.value().high()),
                  row.ratio() == null ? "" : "  x " + number(row.ratio().median())));
    }
    return text.toString();
  }

  /** Three digits that count, more only where they stand before the point. */
  private static String number(double value) {
    double size = Math.abs(value);
    String format =
        size >= 100 || size == 0 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, format, value);
  }
}
