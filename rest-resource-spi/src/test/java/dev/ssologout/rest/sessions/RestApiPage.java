package dev.ssologout.rest.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Makes docs/rest-api.md: an introduction, and everything that the OpenAPI document says. Run
 * {@link #main} in this module's folder to write it anew.
 */
final class RestApiPage {
  static final Path FILE = Path.of("..", "docs", "rest-api.md");

  private static final List<String> METHODS = List.of("get", "post", "delete");

  private final JsonNode document;
  private final StringBuilder page = new StringBuilder();

  private RestApiPage(JsonNode document) {
    this.document = document;
  }

  public static void main(String[] arguments) throws IOException {
    Files.writeString(FILE, text());
  }

  static String text() {
    try {
      RestApiPage page = new RestApiPage(new ObjectMapper().readTree(StaticFile.OPEN_API.text()));
      page.page.append(
          new String(
              RestApiPage.class.getResourceAsStream("rest-api-introduction.md").readAllBytes(),
              StandardCharsets.UTF_8));
      page.operations();
      page.schemas();
      page.problems();
      return page.page.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void operations() {
    for (JsonNode tag : document.get("tags")) {
      line("", "## " + tag.get("name").asText(), "", tag.get("description").asText());
      for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
        for (String method : METHODS) {
          JsonNode operation = path.getValue().path(method);
          if (operation.path("tags").path(0).asText().equals(tag.get("name").asText())) {
            operation(method, path.getKey(), operation);
          }
        }
      }
    }
  }

  private void operation(String method, String path, JsonNode operation) {
    line(
        "",
        "### " + operation.get("summary").asText(),
        "",
        "`" + method.toUpperCase() + " " + path + "`");
    if (operation.has("description")) {
      line("", operation.get("description").asText());
    }
    List<JsonNode> parameters = new ArrayList<>();
    operation.path("parameters").forEach(parameter -> parameters.add(resolve(parameter)));
    if (!parameters.isEmpty()) {
      line("", "| parameter | type | meaning |", "|---|---|---|");
      for (JsonNode parameter : parameters) {
        line(
            "| `%s`%s | %s | %s |"
                .formatted(
                    parameter.get("name").asText(),
                    parameter.get("in").asText().equals("header") ? " (header)" : "",
                    type(parameter.get("schema")),
                    parameter.path("description").asText()));
      }
    }
    if (operation.has("requestBody")) {
      JsonNode body = operation.get("requestBody");
      line(
          "",
          "Body%s: %s"
              .formatted(
                  body.path("required").asBoolean() ? "" : ", if any",
                  type(body.at("/content/application~1json/schema"))));
    }
    line("", "| status | answer |", "|---|---|");
    for (Map.Entry<String, JsonNode> response : operation.get("responses").properties()) {
      JsonNode answer = resolve(response.getValue());
      JsonNode content = answer.path("content").properties().iterator().next().getValue();
      String headers =
          answer.path("headers").properties().stream()
              .map(
                  header ->
                      " `"
                          + header.getKey()
                          + "`: "
                          + header.getValue().get("description").asText())
              .collect(Collectors.joining());
      line(
          "| %s | %s%s%s |"
              .formatted(
                  response.getKey(),
                  answer.get("description").asText(),
                  response.getKey().equals("200") && content.get("schema").has("$ref")
                      ? " " + type(content.get("schema"))
                      : "",
                  headers));
    }
  }

  private void schemas() {
    line("", "## Objects", "", "A member in brackets may be left out.");
    for (Map.Entry<String, JsonNode> schema : document.at("/components/schemas").properties()) {
      line("", "### " + schema.getKey());
      if (schema.getValue().has("description")) {
        line("", schema.getValue().get("description").asText());
      }
      List<String> required = new ArrayList<>();
      schema.getValue().path("required").forEach(name -> required.add(name.asText()));
      line("", "| member | type | meaning |", "|---|---|---|");
      for (Map.Entry<String, JsonNode> member : schema.getValue().get("properties").properties()) {
        line(
            "| %s | %s | %s |"
                .formatted(
                    required.contains(member.getKey())
                        ? "`" + member.getKey() + "`"
                        : "[`" + member.getKey() + "`]",
                    type(member.getValue()),
                    member.getValue().path("description").asText()));
      }
    }
  }

  private void problems() {
    line("", "## Errors", "", "| status | when, and the last part of `type` |", "|---|---|");
    for (Map.Entry<String, JsonNode> schema : document.at("/components/responses").properties()) {
      line(
          "| %s | %s |"
              .formatted(status(schema.getKey()), schema.getValue().get("description").asText()));
    }
  }

  private String status(String response) {
    for (JsonNode path : document.get("paths")) {
      for (JsonNode operation : path) {
        for (Map.Entry<String, JsonNode> answer : operation.path("responses").properties()) {
          if (answer.getValue().path("$ref").asText().endsWith("/" + response)) {
            return answer.getKey();
          }
        }
      }
    }
    throw new IllegalStateException(response + " is not used");
  }

  private JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
  }

  private String type(JsonNode schema) {
    if (schema.has("$ref")) {
      String name = schema.get("$ref").asText().replaceAll(".*/", "");
      return "[%s](#%s)".formatted(name, name.toLowerCase());
    }
    if (schema.has("enum")) {
      List<String> words = new ArrayList<>();
      schema.get("enum").forEach(word -> words.add("`" + word.asText() + "`"));
      return String.join(", ", words) + defaulted(schema);
    }
    String type =
        schema.get("type").isArray()
            ? schema.get("type").get(0).asText()
            : schema.get("type").asText();
    String format = schema.path("format").asText();
    return switch (type) {
          case "array" -> "array of " + type(schema.get("items"));
          case "integer" ->
              schema.has("maximum") && schema.has("minimum")
                  ? "integer, " + schema.get("minimum") + " to " + schema.get("maximum")
                  : "integer";
          case "string" ->
              format.equals("date-time")
                  ? "time"
                  : format.isEmpty() ? "string" : format.toUpperCase();
          default -> type;
        }
        + defaulted(schema);
  }

  private static String defaulted(JsonNode schema) {
    return schema.has("default") ? "; `" + schema.get("default").asText() + "` by default" : "";
  }

  private void line(String... lines) {
    for (String line : lines) {
      page.append(line).append('\n');
    }
  }
}
