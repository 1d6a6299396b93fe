package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The Helm chart, by Helm itself, and what it makes by the models that clients of Kubernetes and of
 * the Prometheus Operator have of it.
 */
class HelmChartTest {
  private static final Path ROOT = Path.of(System.getProperty("testsuite.root"));
  private static final Path CHART = ROOT.resolve("docker/helm/keycloak-sso-logout");

  /** Fails on what a model does not have, which models put aside otherwise. */
  private static final ObjectMapper STRICT =
      new ObjectMapper()
          .setAnnotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                  return Boolean.FALSE;
                }
              });

  @FunctionalInterface
  private interface Schema {
    /** Throws unless the object has all that it needs, and nothing that does not exist. */
    void validate(JsonElement object) throws IOException;
  }

  private static final Map<String, Schema> SCHEMAS =
      Map.of(
          "ConfigMap", V1ConfigMap::validateJsonElement,
          "HorizontalPodAutoscaler", V2HorizontalPodAutoscaler::validateJsonElement,
          "Ingress", V1Ingress::validateJsonElement,
          "Keycloak", HelmChartTest::validateKeycloak,
          "NetworkPolicy", V1NetworkPolicy::validateJsonElement,
          "PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement,
          "PrometheusRule", object -> STRICT.readValue(object.toString(), PrometheusRule.class),
          "Service", V1Service::validateJsonElement,
          "ServiceMonitor", object -> STRICT.readValue(object.toString(), ServiceMonitor.class),
          "StatefulSet", V1StatefulSet::validateJsonElement);

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"server", "server-full", "operator"})
  void isWithoutFault(String values) throws IOException {
    // Lint takes no other values than those of the chart.
    Path chart = directory.resolve("keycloak-sso-logout");
    Program.run(directory, "cp", "-r", CHART.toString(), chart.toString());
    merge(chart.resolve("values.yaml"), Files.readString(values(values)));

    LintResult lint = new Helm(chart).lint().strict().call();
    assertThat(lint.isFailed()).as(String.valueOf(lint.getMessages())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"server", "server-full", "operator"})
  void makesWhatKubernetesTakes(String values) throws IOException {
    for (JsonNode object : template(values(values))) {
      Schema schema = SCHEMAS.get(object.get("kind").asText());
      assertThat(schema).as(object.get("kind").asText()).isNotNull();
      schema.validate(JsonParser.parseString(object.toString()));
      assertThat(object.at("/metadata/labels/app.kubernetes.io~1version").isTextual()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Keycloak", "ServiceMonitor", "PrometheusRule"})
  void noticesWhatAnOperatorDoesNotKnow(String kind) throws IOException {
    ObjectNode object =
        (ObjectNode) kinds(kind.equals("Keycloak") ? "operator" : "server-full").get(kind);
    ((ObjectNode) object.get("spec")).put("made-up", 1);
    assertThatThrownBy(() -> SCHEMAS.get(kind).validate(JsonParser.parseString(object.toString())))
        .hasMessageContaining("made-up");
  }

  @Test
  void makesWhatIsSwitchedOnAndNoMore() throws IOException {
    assertThat(kinds("server"))
        .containsOnlyKeys("NetworkPolicy", "PodDisruptionBudget", "Service", "StatefulSet");
    assertThat(kinds("server-full"))
        .containsOnlyKeys(
            "ConfigMap",
            "HorizontalPodAutoscaler",
            "Ingress",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "PrometheusRule",
            "Service",
            "ServiceMonitor",
            "StatefulSet");
    assertThat(kinds("operator"))
        .containsOnlyKeys(
            "ConfigMap",
            "HorizontalPodAutoscaler",
            "Keycloak",
            "PodDisruptionBudget",
            "PrometheusRule");
  }

  @Test
  void runsKeycloakWithTheLeastOfRights() throws IOException {
    JsonNode pod = kinds("server").get("StatefulSet").at("/spec/template/spec");
    JsonNode container = pod.at("/containers/0");
    assertThat(pod.get("automountServiceAccountToken").asBoolean()).isFalse();
    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(container.at("/securityContext/capabilities/drop/0").asText()).isEqualTo("ALL");
  }

  @Test
  void showsNoPasswordButByTheNameOfItsSecret() throws IOException {
    JsonNode container =
        kinds("server-full").get("StatefulSet").at("/spec/template/spec/containers/0");
    assertThat(container.get("args"))
        .extracting(JsonNode::asText)
        .contains(
            "--spi-redis-connection--jedis--uri=rediss://redis.example:6380",
            "--spi-redis-connection--jedis--password-file=/run/secrets/redis/password",
            "--spi-events-listener--redis-logout--stream-retention=86400")
        .noneMatch(argument -> argument.contains("password="));
    assertThat(container.get("env"))
        .allSatisfy(variable -> assertThat(variable.has("value")).isFalse());
  }

  @Test
  void givesTheOperatorTheSameOptions() throws IOException {
    JsonNode spec = kinds("operator").get("Keycloak").get("spec");
    Map<String, JsonNode> options = new TreeMap<>();
    spec.get("additionalOptions")
        .forEach(option -> options.put(option.get("name").asText(), option));
    assertThat(options.get("spi-redis-connection--jedis--uri").get("value").asText())
        .isEqualTo("rediss://redis.example:6380");
    assertThat(options.get("spi-redis-connection--jedis--password").at("/secret/name").asText())
        .isEqualTo("redis");
    assertThat(options.get("spi-events-listener--redis-logout--stream-retention").get("value"))
        .isEqualTo(TextNode.valueOf("86400"));
    assertThat(spec.at("/truststores/redis/secret/name").asText()).isEqualTo("redis");
  }

  @Test
  void loadsTheAlertsAndTheDashboardAsTheyStand() throws IOException {
    Map<String, JsonNode> kinds = kinds("server-full");
    ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
    assertThat(kinds.get("PrometheusRule").get("spec"))
        .isEqualTo(yaml.readTree(CHART.resolve("files/alerts.yml").toFile()));
    ObjectMapper json = new ObjectMapper();
    assertThat(json.readTree(kinds.get("ConfigMap").at("/data/keycloak-sso-logout.json").asText()))
        .isEqualTo(json.readTree(CHART.resolve("files/dashboard.json").toFile()));
  }

  @Test
  void takesTheValuesOfTheDocumentation() throws IOException {
    Matcher values =
        Pattern.compile("(?s)```yaml\\n(image:.*?)```")
            .matcher(Files.readString(ROOT.resolve("docs/deployment.md")));
    assertThat(values.find()).isTrue();
    assertThat(template(Files.writeString(directory.resolve("values.yaml"), values.group(1))))
        .isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hostname: http://id.example",
        "hostname: \"\"",
        "redis: {uri: 'redis://user:secret@redis.example'}",
        "replicas: many",
        "replica: 3",
        "mode: cluster",
      })
  void refusesValuesThatAreWrong(String wrong) throws IOException {
    Path values = Files.copy(values("server"), directory.resolve("values.yaml"));
    assertThat(template(values)).isNotEmpty();
    merge(values, wrong);
    assertThatThrownBy(() -> template(values))
        .hasMessageContaining("values don't meet the specifications of the schema");
  }

  private static void validateKeycloak(JsonElement object) throws IOException {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(HelmChartTest.class.getResourceAsStream("keycloak-v2beta1.schema.json"));
    assertThat(schema.validate(new ObjectMapper().readTree(object.toString()))).isEmpty();
  }

  private static Map<String, JsonNode> kinds(String values) throws IOException {
    Map<String, JsonNode> kinds = new TreeMap<>();
    template(values(values))
        .forEach(object -> kinds.putIfAbsent(object.get("kind").asText(), object));
    return kinds;
  }

  private static List<JsonNode> template(Path values) throws IOException {
    String text =
        new Helm(CHART)
            .template()
            .withName("id")
            .withKubeVersion("1.25.0")
            .withValuesFile(values)
            .call();
    List<JsonNode> objects = new ArrayList<>();
    YAMLFactory yaml = new YAMLFactory();
    try (MappingIterator<JsonNode> documents =
        new ObjectMapper().readerFor(JsonNode.class).readValues(yaml.createParser(text))) {
      documents.forEachRemaining(
          document -> {
            if (document.isObject()) {
              objects.add(document);
            }
          });
    }
    return objects;
  }

  /** Puts values over those of a file. */
  private static void merge(Path values, String others) throws IOException {
    ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
    JsonNode merged = yaml.readerForUpdating(yaml.readTree(values.toFile())).readValue(others);
    yaml.writeValue(values.toFile(), merged);
  }

  private static Path values(String name) {
    return CHART.resolve("ci").resolve(name + "-values.yaml");
  }
}
