package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The table of {@code docs/events.md}. What the tests measure is written to {@code
 * target/endings.tsv} and held against the row of that name, so that the two cannot drift apart.
 */
final class EndingsTable {
  private static final Path MEASURED = Path.of("target", "endings.tsv");
  private static final Path DOCS = Path.of(System.getProperty("testsuite.docs"), "events.md");

  private EndingsTable() {}

  /** One way for a session to end, or not to. */
  record Row(String path, String messages, String reason, String initiator, String keycloaksOwn) {
    List<String> cells() {
      return List.of(path, messages, reason, initiator, keycloaksOwn);
    }
  }

  static {
    try {
      Files.createDirectories(MEASURED.getParent());
      Files.deleteIfExists(MEASURED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps what was measured. */
  static synchronized void record(Row row) {
    try {
      Files.writeString(
          MEASURED,
          String.join("\t", row.cells()) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Holds that the documentation says what was measured. */
  static void compareWithDocs(Row row) {
    assertThat(documented().stream().filter(cells -> cells.get(0).equals(row.path())))
        .as("rows of %s named \"%s\"", DOCS.getFileName(), row.path())
        .containsExactly(row.cells());
  }

  private static List<List<String>> documented() {
    try (Stream<String> lines = Files.lines(DOCS)) {
      return lines
          .filter(line -> line.startsWith("| "))
          .map(line -> line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
          .map(cells -> Stream.of(cells).map(String::strip).toList())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
