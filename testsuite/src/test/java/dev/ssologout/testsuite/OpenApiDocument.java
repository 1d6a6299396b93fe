package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The OpenAPI document that a server serves, held against every answer that passes: its status,
 * headers, media type and body must be what the document says of the operation.
 */
final class OpenApiDocument implements Filter {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ADDRESS = "https://example.org/openapi.json";

  private final JsonNode document;
  private final JsonSchemaFactory schemas;

  OpenApiDocument(String text) {
    try {
      document = JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    schemas =
        JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V202012,
            builder -> builder.schemaLoaders(loaders -> loaders.schemas(Map.of(ADDRESS, text))));
  }

  @Override
  public Response filter(
      FilterableRequestSpecification request,
      FilterableResponseSpecification expected,
      FilterContext context) {
    Response response = context.next(request, expected);
    hold(request.getMethod(), URI.create(request.getURI()).getPath(), response);
    return response;
  }

  private void hold(String method, String path, Response response) {
    String what = method + " " + path + ": " + response.statusCode() + " " + response.asString();
    String template = template(path);
    JsonNode operation = document.path("paths").path(template).path(method.toLowerCase());
    assertThat(operation.isObject()).as("operation for %s", what).isTrue();
    String pointer =
        "/paths/"
            + template.replace("~", "~0").replace("/", "~1")
            + "/"
            + method.toLowerCase()
            + "/responses/"
            + response.statusCode();
    JsonNode documented = document.at(pointer);
    assertThat(documented.isObject()).as("status of %s", what).isTrue();
    if (documented.has("$ref")) {
      pointer = documented.get("$ref").asText().substring(1);
      documented = document.at(pointer);
    }
    documented
        .path("headers")
        .fieldNames()
        .forEachRemaining(
            header -> assertThat(response.header(header)).as("%s of %s", header, what).isNotNull());
    String mediaType = documented.path("content").fieldNames().next();
    assertThat(response.contentType()).as("media type of %s", what).startsWith(mediaType);
    if (mediaType.endsWith("json")) {
      SchemaLocation schema =
          SchemaLocation.of(
              ADDRESS
                  + "#"
                  + pointer
                  + "/content/"
                  + mediaType.replace("/", "~1").replace("+", "%2B")
                  + "/schema");
      assertThat(
              schemas
                  .getSchema(
                      schema,
                      SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build())
                  .validate(response.asString(), InputFormat.JSON))
          .as(what)
          .isEmpty();
    }
  }

  /** Literal templates come before those with parameters. */
  private String template(String path) {
    List<String> matching =
        names(document.path("paths"))
            .filter(
                template ->
                    Stream.of(template.split("/"))
                        .map(
                            part ->
                                part.startsWith("{")
                                    ? "[^/]*"
                                    : part.isEmpty() ? "" : Pattern.quote(part))
                        .reduce((a, b) -> a + "/" + b)
                        .map(path::matches)
                        .orElse(false))
            .sorted(Comparator.comparingLong(t -> t.chars().filter(c -> c == '{').count()))
            .toList();
    assertThat(matching).as("paths for %s", path).isNotEmpty();
    return matching.get(0);
  }

  private static Stream<String> names(JsonNode object) {
    Iterable<String> names = object::fieldNames;
    return StreamSupport.stream(names.spliterator(), false);
  }
}
