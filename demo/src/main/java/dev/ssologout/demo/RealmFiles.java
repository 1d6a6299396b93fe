package dev.ssologout.demo;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The realms that the demo brings, with the addresses and secrets of this run. */
final class RealmFiles {

  static final String DEMO = "demo";
  static final String MAX_PLATFORM = "max-platform";

  /** Those that are imported, by name. */
  static final List<String> REALMS = List.of(DEMO, MAX_PLATFORM);

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  /** Where the files have each page. */
  private static final Map<String, String> IN_FILE =
      Map.of(
          Places.HUB,
          "http://localhost:3000",
          Places.SHOP,
          "http://localhost:3001",
          "blog",
          "http://localhost:3002",
          "wiki",
          "http://localhost:3003",
          Places.STUDIO,
          "http://localhost:3005");

  /** The template has none. */
  private static final String PLATFORM_USERS =
      """
      [{"username": "alice", "enabled": true, "email": "alice@demo.test", "emailVerified": true,
        "firstName": "Alice", "lastName": "Demo", "groups": ["/administrators"],
        "realmRoles": ["default-roles-max-platform"],
        "credentials": [{"type": "password", "value": "alice"}]},
       {"username": "bob", "enabled": true, "email": "bob@demo.test", "emailVerified": true,
        "firstName": "Bob", "lastName": "Demo", "groups": ["/developers"],
        "realmRoles": ["default-roles-max-platform"],
        "credentials": [{"type": "password", "value": "bob"}]}]
      """;

  private RealmFiles() {}

  /**
   * Writes them.
   *
   * @param directory of this run alone
   * @param secret of the confidential clients
   * @param backChannel where Keycloak finds {@code shop}
   */
  static Path[] write(Path directory, Places places, String secret, URI backChannel) {
    return REALMS.stream()
        .map(realm -> write(realm, directory, places, secret, backChannel))
        .toArray(Path[]::new);
  }

  private static Path write(
      String realm, Path directory, Places places, String secret, URI backChannel) {
    String text = read(realm);
    // First to what no address holds, so that none is replaced twice.
    for (String page : places.pages().keySet()) {
      text = text.replace(IN_FILE.getOrDefault(page, page + "\0"), "\0" + page + "\0");
    }
    for (Map.Entry<String, URI> page : places.pages().entrySet()) {
      text = text.replace("\0" + page.getKey() + "\0", page.getValue().toString());
    }
    JsonObject json = JsonParser.parseString(text).getAsJsonObject();
    if (realm.equals(MAX_PLATFORM)) {
      json.add("users", JsonParser.parseString(PLATFORM_USERS));
    }
    for (JsonElement each : json.getAsJsonArray("clients")) {
      JsonObject client = each.getAsJsonObject();
      if (!client.get("publicClient").getAsBoolean()) {
        client.addProperty("secret", secret);
      }
      JsonObject attributes = client.getAsJsonObject("attributes");
      if (attributes.has("backchannel.logout.url")) {
        attributes.addProperty("backchannel.logout.url", backChannel + "/auth/backchannel-logout");
      }
    }
    try {
      Path written = Files.createTempFile(directory, realm, ".tmp");
      Files.writeString(written, GSON.toJson(json));
      return Files.move(
          written, directory.resolve(realm + ".json"), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(String realm) {
    try (InputStream in =
        Objects.requireNonNull(
            RealmFiles.class.getResourceAsStream("/realms/" + realm + ".json"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
