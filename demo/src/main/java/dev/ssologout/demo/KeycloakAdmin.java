package dev.ssologout.demo;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the administrator does, by Keycloak's admin API. */
final class KeycloakAdmin {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int FAMILY = 100;

  private final URI keycloak;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();
  private volatile String token;

  /** A session as the control page shows it. */
  record Session(String realm, String sid, String username, String started, List<String> clients) {}

  /**
   * @param keycloak the server's URL on this machine, no slash at the end
   */
  KeycloakAdmin(URI keycloak) {
    this.keycloak = keycloak;
  }

  /** The newest online sessions of a realm. */
  List<Session> sessions(String realm) {
    JsonObject page =
        JsonParser.parseString(call("GET", realm + "/sso-sessions?max=50&offline=false", null))
            .getAsJsonObject();
    List<Session> sessions = new ArrayList<>();
    for (JsonElement each : page.getAsJsonArray("sessions")) {
      JsonObject session = each.getAsJsonObject();
      List<String> clients = new ArrayList<>();
      session
          .getAsJsonArray("clients")
          .forEach(client -> clients.add(client.getAsJsonObject().get("clientId").getAsString()));
      sessions.add(
          new Session(
              realm,
              session.get("sid").getAsString(),
              session.has("username") ? session.get("username").getAsString() : "?",
              session.get("started").getAsString(),
              clients));
    }
    return sessions;
  }

  void endSession(String realm, String sid) {
    call("DELETE", realm + "/sessions/" + sid, null);
  }

  /** Makes a user whose password is the name. */
  void createUser(String realm, String username) {
    call(
        "POST",
        realm + "/users",
        """
        {"username": "%1$s", "enabled": true, "email": "%1$s@demo.test", "emailVerified": true,
         "firstName": "%1$s", "lastName": "Demo",
         "credentials": [{"type": "password", "value": "%1$s"}]}
        """
            .formatted(username));
  }

  void deleteUser(String realm, String username) {
    call("DELETE", realm + "/users/" + userId(realm, username), null);
  }

  /** Signs a user out of all sessions. */
  void signOut(String realm, String username) {
    call("POST", realm + "/users/" + userId(realm, username) + "/logout", null);
  }

  /** How old a session may get, in seconds. */
  int sessionLifespan(String realm) {
    return JsonParser.parseString(call("GET", realm, null))
        .getAsJsonObject()
        .get("ssoSessionMaxLifespan")
        .getAsInt();
  }

  void setSessionLifespan(String realm, int seconds) {
    call("PUT", realm, "{\"ssoSessionMaxLifespan\":" + seconds + "}");
  }

  private String userId(String realm, String username) {
    JsonArray users =
        JsonParser.parseString(
                call(
                    "GET",
                    realm + "/users?exact=true&" + Browser.encode(Map.of("username", username)),
                    null))
            .getAsJsonArray();
    if (users.isEmpty()) {
      throw new DemoException("there is no user " + username + " any more");
    }
    return users.get(0).getAsJsonObject().get("id").getAsString();
  }

  private String call(String method, String path, String json) {
    HttpResponse<String> answer = send(method, path, json);
    if (answer.statusCode() == UNAUTHORIZED) {
      token = null;
      answer = send(method, path, json);
    }
    if (answer.statusCode() / FAMILY != OK / FAMILY) {
      throw new DemoException(
          "Keycloak's admin API answered HTTP %d to %s"
              .formatted(answer.statusCode(), path.replaceAll("\\?.*", "")));
    }
    return answer.body();
  }

  private HttpResponse<String> send(String method, String path, String json) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(keycloak + "/admin/realms/" + path))
            .header("Authorization", "Bearer " + token())
            .method(
                method,
                json == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(json));
    if (json != null) {
      request.header("Content-Type", "application/json");
    }
    return exchange(request.build());
  }

  private String token() {
    String present = token;
    if (present == null) {
      String form =
          Browser.encode(
              Map.of(
                  "grant_type",
                  "password",
                  "client_id",
                  "admin-cli",
                  "username",
                  "admin",
                  "password",
                  "admin"));
      HttpResponse<String> answer =
          exchange(
              HttpRequest.newBuilder(
                      URI.create(keycloak + "/realms/master/protocol/openid-connect/token"))
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(HttpRequest.BodyPublishers.ofString(form))
                  .build());
      if (answer.statusCode() != OK) {
        throw new DemoException("the administrator cannot sign in: HTTP " + answer.statusCode());
      }
      present =
          JsonParser.parseString(answer.body()).getAsJsonObject().get("access_token").getAsString();
      token = present;
    }
    return present;
  }

  private HttpResponse<String> exchange(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new DemoException("Keycloak does not answer: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted");
    }
  }
}
