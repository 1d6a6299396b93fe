package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The properties' metadata and docs/relying-parties.md say the same. */
class PropertiesDocTest {

  @Test
  void thePageHasEveryProperty() throws IOException {
    List<String> rows = new ArrayList<>();
    try (InputStream metadata =
        SsoLogoutProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      for (JsonElement each :
          JsonParser.parseReader(new InputStreamReader(metadata, StandardCharsets.UTF_8))
              .getAsJsonObject()
              .getAsJsonArray("properties")) {
        rows.add(row(each.getAsJsonObject()));
      }
    }
    Path page = Path.of(System.getProperty("starter.docs"), "relying-parties.md");
    assertThat(Files.readAllLines(page).stream().filter(line -> line.startsWith("| `sso-logout.")))
        .containsExactlyInAnyOrderElementsOf(rows);
  }

  private static String row(JsonObject property) {
    JsonElement value = property.get("defaultValue");
    return "| `%s` |%s| %s |"
        .formatted(
            property.get("name").getAsString(),
            value == null ? " " : " `" + value.getAsString() + "` ",
            property.get("description").getAsString());
  }
}
