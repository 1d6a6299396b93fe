package dev.ssologout.relyingparty.spring;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.ssologout.launcher.KeycloakInstallation;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** The real Keycloak with the bundle, which sends to a real Redis; one for all tests. */
final class Identity {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static Identity shared;

  private final RedisServer redis;
  private final KeycloakServer keycloak;

  private Identity() {
    redis =
        RedisServer.builder()
            .config(
                acl("keycloak"),
                acl("shop").replace("{acme}", "{*}"),
                acl("shop-app"),
                acl("orders").replace("{acme}", "{*}"))
            .start();
    keycloak =
        KeycloakServer.of(
                KeycloakInstallation.in(Path.of(System.getProperty("starter.work")))
                    .providers(
                        Path.of(System.getProperty("starter.bundle")),
                        Path.of(System.getProperty("starter.providers")))
                    .prepare())
            .options(
                "--spi-redis-connection--jedis--uri=" + redis.uri("keycloak", "secret"),
                // The least that Keycloak takes; its default is three minutes.
                "--spi-user-sessions--infinispan--session-expiration-period=60")
            .start();
  }

  /** The one of this JVM, which ends with it. */
  static synchronized Identity shared() {
    if (shared == null) {
      shared = new Identity();
    }
    return shared;
  }

  private static String acl(String user) {
    Path page = Path.of(System.getProperty("starter.docs"), "configuration.md");
    try {
      return Files.readAllLines(page).stream()
          .map(String::strip)
          .filter(line -> line.startsWith("user " + user + " "))
          .findFirst()
          .orElseThrow()
          .replace("PASSWORD", "secret");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RedisServer redis() {
    return redis;
  }

  URI keycloak() {
    return keycloak.url();
  }

  /**
   * A realm of its own with the client {@code shop} and the users {@code alice} and {@code bob},
   * whose passwords are their names.
   *
   * @param more members of the realm, as JSON
   * @return its name
   */
  String createRealm(String more) {
    return createRealm(more, List.of("alice", "bob"));
  }

  /** As {@link #createRealm(String)} with other users, who may delete their accounts. */
  String createRealm(String more, List<String> users) {
    String name = "r" + UUID.randomUUID().toString().substring(0, 8);
    admin(
        "POST",
        "",
        """
        {"realm": "%s", "enabled": true, "eventsListeners": ["redis-logout"]%s,
         "passwordPolicy": "hashAlgorithm(pbkdf2-sha256) and hashIterations(1)",
         "requiredActions": [{"alias": "delete_account", "name": "Delete Account",
           "providerId": "delete_account", "enabled": true, "priority": 60}],
         "clients": [{"clientId": "shop", "secret": "shop-secret", "redirectUris": ["*"],
           "directAccessGrantsEnabled": true,
           "attributes": {"post.logout.redirect.uris": "+"}}],
         "users": [%s]}
        """
            .formatted(
                name, more, users.stream().map(Identity::user).collect(Collectors.joining(", "))));
    return name;
  }

  private static String user(String name) {
    return """
    {"username": "%s", "enabled": true, "email": "%s@example.org", "emailVerified": true,
     "firstName": "%s", "lastName": "Example", "clientRoles": {"account": ["delete-account"]},
     "credentials": [{"type": "password", "value": "%s"}]}
    """
        .formatted(name, name, name, name);
  }

  String issuer(String realm) {
    return keycloak.url() + "/realms/" + realm;
  }

  /** The admin API. */
  String admin(String method, String path, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(keycloak.url() + "/admin/realms" + path))
            .header("Authorization", "Bearer " + adminToken())
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> response = send(request);
    if (response.statusCode() / 100 != 2) {
      throw new IllegalStateException(response.statusCode() + " " + response.body());
    }
    return response.body();
  }

  String userId(String realm, String username) {
    return JsonParser.parseString(
            admin("GET", "/" + realm + "/users?exact=true&username=" + username, null))
        .getAsJsonArray()
        .get(0)
        .getAsJsonObject()
        .get("id")
        .getAsString();
  }

  /**
   * Has Keycloak itself call an address of the app when a session of the client {@code shop} ends.
   *
   * @param withSid whether its logout tokens name the session, or else the user alone
   */
  void callBack(String realm, URI backChannelLogout, boolean withSid) {
    JsonObject client =
        JsonParser.parseString(admin("GET", "/" + realm + "/clients?clientId=shop", null))
            .getAsJsonArray()
            .get(0)
            .getAsJsonObject();
    JsonObject attributes = client.getAsJsonObject("attributes");
    attributes.addProperty("backchannel.logout.url", backChannelLogout.toString());
    attributes.addProperty("backchannel.logout.session.required", Boolean.toString(withSid));
    admin("PUT", "/" + realm + "/clients/" + client.get("id").getAsString(), client.toString());
  }

  /** Tokens of a user who signs in without a browser. */
  JsonObject passwordGrant(String realm, String username) {
    return token(
        realm,
        Map.of(
            "grant_type",
            "password",
            "client_id",
            "shop",
            "client_secret",
            "shop-secret",
            "username",
            username,
            "password",
            username,
            "scope",
            "openid"));
  }

  /** Ends a session by its refresh token. */
  void logout(String realm, String refreshToken) {
    HttpResponse<String> response =
        send(
            form(
                issuer(realm) + "/protocol/openid-connect/logout",
                Map.of(
                    "client_id",
                    "shop",
                    "client_secret",
                    "shop-secret",
                    "refresh_token",
                    refreshToken)));
    if (response.statusCode() != 204) {
      throw new IllegalStateException(response.statusCode() + " " + response.body());
    }
  }

  private String adminToken() {
    return token(
            "master",
            Map.of(
                "grant_type",
                "password",
                "client_id",
                "admin-cli",
                "username",
                "admin",
                "password",
                "admin"))
        .get("access_token")
        .getAsString();
  }

  private JsonObject token(String realm, Map<String, String> form) {
    HttpResponse<String> response =
        send(form(issuer(realm) + "/protocol/openid-connect/token", form));
    if (response.statusCode() != 200) {
      throw new IllegalStateException(response.statusCode() + " " + response.body());
    }
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  static HttpRequest.Builder form(String uri, Map<String, String> fields) {
    return HttpRequest.newBuilder(URI.create(uri))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(encode(fields)));
  }

  static String encode(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(
            field ->
                field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
