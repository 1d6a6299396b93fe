package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The alerts and the dashboard speak of what Keycloak shows, and each alert is explained. */
@IntegrationTest
class MonitoringTest {
  private static final Path ROOT = Path.of(System.getProperty("testsuite.root"));
  private static final Path FILES = ROOT.resolve("docker/helm/keycloak-sso-logout/files");
  private static final Path ALERTS = FILES.resolve("alerts.yml");
  private static final Path DASHBOARD = FILES.resolve("dashboard.json");
  private static final Pattern METRIC = Pattern.compile("sso_logout_[a-z_]+");

  @Test
  void knowsEveryMetricByItsName(Stack stack) throws IOException {
    Set<String> shown = Metrics.of(stack).names();
    assertThat(metrics(ALERTS)).isNotEmpty().isSubsetOf(shown);
    // All but the greatest values, which Micrometer adds to each histogram, are on the dashboard.
    shown.removeIf(name -> name.endsWith("_seconds_max"));
    assertThat(metrics(DASHBOARD)).isEqualTo(shown);
  }

  @Test
  void explainsEachAlertAndNoOther() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/operations.md"));
    List<String> explained = new ArrayList<>();
    Matcher headings = Pattern.compile("^### (SsoLogout\\w+)$", Pattern.MULTILINE).matcher(page);
    while (headings.find()) {
      explained.add(headings.group(1));
    }

    List<String> alerts = new ArrayList<>();
    for (JsonNode rule : new YAMLMapper().readTree(ALERTS.toFile()).findValue("rules")) {
      String name = rule.get("alert").asText();
      alerts.add(name);
      assertThat(rule.get("annotations").get("runbook").asText())
          .isEqualTo("docs/operations.md#" + name.toLowerCase(Locale.ROOT));
      assertThat(rule.get("labels").get("severity").asText()).isIn("critical", "warning");
    }
    assertThat(alerts).isEqualTo(explained);
  }

  @Test
  void wakesWhenItShould() {
    String promtool = Program.required("promtool");
    Program.run(ROOT, promtool, "check", "rules", ALERTS.toString());
    Program.run(ROOT, promtool, "test", "rules", "docker/prometheus/alerts.test.yml");
  }

  @Test
  void drawsPanelsThatDoNotOverlap() throws IOException {
    JsonNode dashboard = new ObjectMapper().readTree(DASHBOARD.toFile());
    Set<Integer> ids = new TreeSet<>();
    Set<String> cells = new TreeSet<>();
    for (JsonNode panel : dashboard.get("panels")) {
      assertThat(ids.add(panel.get("id").asInt())).as(panel.get("title").asText()).isTrue();
      JsonNode place = panel.get("gridPos");
      assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
      for (int x = 0; x < place.get("w").asInt(); x++) {
        for (int y = 0; y < place.get("h").asInt(); y++) {
          String cell = (place.get("x").asInt() + x) + "," + (place.get("y").asInt() + y);
          assertThat(cells.add(cell)).as(panel.get("title").asText()).isTrue();
        }
      }
    }
    // Whoever imports it chooses the data source.
    assertThat(dashboard.findValues("uid"))
        .extracting(JsonNode::asText)
        .containsOnly("${datasource}", "keycloak-sso-logout");
  }

  private static Set<String> metrics(Path file) throws IOException {
    Set<String> names = new TreeSet<>();
    Matcher matcher = METRIC.matcher(Files.readString(file));
    while (matcher.find()) {
      names.add(matcher.group().replaceFirst("_bucket$", ""));
    }
    return names;
  }
}
