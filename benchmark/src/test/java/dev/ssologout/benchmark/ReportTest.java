package dev.ssologout.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

  @Test
  void writesEachComparisonWithItsPlot(@TempDir Path directory) throws Exception {
    Report report =
        new Report(directory, new PrintStream(new ByteArrayOutputStream()), false, Machine.here());
    Section section = Sections.ALL.get(0);
    report.version("Keycloak", "26.7.3");
    // So far apart that the plot has a logarithmic axis, and with a spread down to nothing.
    report.add(
        section,
        new Comparison(
            "Logout, p50",
            "ms",
            "the processor",
            List.of(
                new Comparison.Row("stock Keycloak", new Spread(4, 0.1, 12), null),
                new Comparison.Row(
                    "extension", new Spread(1234.4, 4, 2000), new Spread(308.6, 1, 500)))));
    report.note(section, "A sentence.");

    report.write();

    assertThat(Files.readString(directory.resolve("report.md")))
        .contains("Keycloak 26.7.3")
        .contains("## 1. Cost of a logout")
        .contains("Bound by the processor.")
        .contains("| stock Keycloak | 4.00 | 0.100, 12.0 |  |  |")
        .contains("| extension | 1,234 | 4.00, 2,000 | 309 | 1.00, 500 |")
        .contains("![Logout, p50](1-1.svg)")
        .contains("A sentence.");
    assertThat(Files.readString(directory.resolve("1-1.svg"))).contains("<svg").contains("</svg>");
    JsonObject json =
        JsonParser.parseString(Files.readString(directory.resolve("report.json")))
            .getAsJsonObject();
    assertThat(json.getAsJsonObject("machine").get("cores").getAsInt()).isPositive();
    assertThat(json.getAsJsonArray("sections").get(0).getAsJsonObject().get("number").getAsInt())
        .isEqualTo(1);
  }

  @Test
  void isExplainedSectionBySection() throws Exception {
    String page = Files.readString(Path.of(System.getProperty("benchmark.docs"), "benchmarks.md"));

    for (Section section : Sections.ALL) {
      assertThat(page).contains("\n| " + section.number() + " | ");
    }
  }
}
