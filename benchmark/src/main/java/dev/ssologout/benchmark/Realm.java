package dev.ssologout.benchmark;

import com.google.gson.Gson;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * A realm to measure in, with the user {@code alice}, whose password is her name, and the public
 * clients {@code app1}, {@code app2} and so on. Passwords are hashed in no time, as with what
 * Keycloak takes for that by default a login would hide whatever else it costs.
 */
final class Realm {
  /** The event listener of the extension. */
  static final String LISTENER = "redis-logout";

  static final String USER = "alice";

  private static final Gson GSON = new Gson();

  private final Site site;
  private final String name;

  private Realm(Site site, String name) {
    this.site = site;
    this.name = name;
  }

  /**
   * @param attributes of the realm
   * @param clientAttributes of each client, from 1 on
   */
  static Realm create(
      Site site,
      String name,
      List<String> listeners,
      int clients,
      Map<String, String> attributes,
      IntFunction<Map<String, String>> clientAttributes) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (int i = 1; i <= clients; i++) {
      list.add(client(i, clientAttributes.apply(i)));
    }
    Map<String, Object> realm = new LinkedHashMap<>();
    // So that rows of the outbox fit a realm of the same name at another server.
    realm.put("id", id(name));
    realm.put("realm", name);
    realm.put("enabled", true);
    realm.put("eventsListeners", listeners);
    realm.put("passwordPolicy", "hashAlgorithm(pbkdf2-sha256) and hashIterations(1)");
    realm.put("accessTokenLifespan", 3600);
    realm.put("attributes", attributes);
    realm.put("clients", list);
    realm.put(
        "users",
        List.of(
            Map.of(
                "username",
                USER,
                "enabled",
                true,
                "email",
                USER + "@example.org",
                "emailVerified",
                true,
                "firstName",
                USER,
                "lastName",
                "Example",
                "realmRoles",
                List.of("default-roles-" + name),
                "credentials",
                List.of(Map.of("type", "password", "value", USER)))));
    site.admin("POST", "/admin/realms", GSON.toJson(realm));
    return new Realm(site, name);
  }

  static Realm create(Site site, String name, List<String> listeners, int clients) {
    return create(site, name, listeners, clients, Map.of(), i -> Map.of());
  }

  private static Map<String, Object> client(int number, Map<String, String> more) {
    Map<String, String> attributes = new LinkedHashMap<>(more);
    attributes.put("post.logout.redirect.uris", redirectUri(number));
    Map<String, Object> client = new LinkedHashMap<>();
    client.put("clientId", clientId(number));
    client.put("enabled", true);
    client.put("publicClient", true);
    client.put("standardFlowEnabled", true);
    client.put("directAccessGrantsEnabled", true);
    client.put("redirectUris", List.of(redirectUri(number)));
    client.put("attributes", attributes);
    return client;
  }

  static String clientId(int number) {
    return "app" + number;
  }

  static String redirectUri(int number) {
    return "http://127.0.0.1:1/" + clientId(number);
  }

  private static String id(String name) {
    return "id-of-" + name;
  }

  String id() {
    return id(name);
  }

  String name() {
    return name;
  }

  Site site() {
    return site;
  }

  URI issuer() {
    return URI.create(site.url() + "/realms/" + name);
  }

  URI endpoint(String of) {
    return URI.create(issuer() + "/protocol/openid-connect/" + of);
  }
}
