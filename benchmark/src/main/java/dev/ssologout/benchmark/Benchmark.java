package dev.ssologout.benchmark;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The benchmarks.
 *
 * <p>{@code bin/benchmark} sets the system properties {@code benchmark.bundle} (the JAR for
 * Keycloak), {@code benchmark.providers} (the JAR of what it is compared with) and {@code
 * benchmark.work} (a directory to keep the prepared Keycloak in).
 */
@Command(
    name = "bin/benchmark",
    description = "Measures what the extension costs and how far it goes.",
    mixinStandardHelpOptions = true)
public final class Benchmark implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--sections",
      split = ",",
      paramLabel = "N",
      description = "Only these, such as 1,3,4; by default all.")
  private Set<Integer> numbers = Set.of();

  @Option(
      names = "--quick",
      description = "At small size: shows within minutes that all works, not what it costs.")
  private boolean quick;

  @Option(names = "--list", description = "Show the sections and how long each takes, and end.")
  private boolean list;

  @Option(
      names = "--output",
      paramLabel = "DIRECTORY",
      description = "Where the report goes; by default benchmark/target/report.")
  private Path output;

  /** Runs the program; ends the JVM. */
  public static void main(String[] arguments) {
    System.setProperty("java.awt.headless", "true");
    System.exit(new CommandLine(new Benchmark()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    PrintStream out = System.out;
    List<Section> chosen = chosen();
    Duration budget =
        chosen.stream()
            .map(section -> quick ? section.quick() : section.full())
            .reduce(Duration.ZERO, Duration::plus);
    for (Section section : chosen) {
      out.printf(
          "%d. %s (about %d min)%n   %s%n",
          section.number(),
          section.title(),
          Math.max(1, (quick ? section.quick() : section.full()).toMinutes()),
          section.asks());
    }
    out.printf("Together about %d min.%n", budget.toMinutes());
    if (list) {
      return 0;
    }
    Machine machine = Machine.here();
    out.println(machine);
    if (machine.isBusy()) {
      out.println("The machine has other work: only ratios will say something.");
    }
    Path work = Path.of(System.getProperty("benchmark.work"));
    Report report =
        new Report(output != null ? output : work.resolve("report"), out, quick, machine);
    int failed = 0;
    for (Section section : chosen) {
      failed += run(section, report, work) ? 0 : 1;
      report.write();
    }
    out.printf("The report is in %s%n", report.directory().resolve("report.md"));
    return failed == 0 ? 0 : 1;
  }

  private boolean run(Section section, Report report, Path work) {
    report.say("%n%d. %s".formatted(section.number(), section.title()));
    long start = System.nanoTime();
    try (Lab lab =
        new Lab(
            report,
            section,
            work,
            Path.of(System.getProperty("benchmark.bundle")),
            Path.of(System.getProperty("benchmark.providers")),
            quick)) {
      section.body().run(lab);
      report.say("  took %d s".formatted((System.nanoTime() - start) / 1_000_000_000));
      return true;
    } catch (Exception e) {
      // The others may well work.
      report.note(section, "This section failed: " + e);
      e.printStackTrace();
      return false;
    }
  }

  private List<Section> chosen() {
    Set<Integer> known =
        Sections.ALL.stream().map(Section::number).collect(Collectors.toCollection(TreeSet::new));
    for (Integer number : numbers) {
      if (!known.contains(number)) {
        throw new ParameterException(
            spec.commandLine(), "--sections=" + number + ": must be among " + known);
      }
    }
    return Sections.ALL.stream()
        .filter(section -> numbers.isEmpty() || numbers.contains(section.number()))
        .toList();
  }
}
