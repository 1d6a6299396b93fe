package dev.ssologout.benchmark;

import com.google.gson.JsonElement;
import dev.ssologout.launcher.KeycloakServer;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;

/** A Keycloak that runs, with its administrator. */
final class Site {
  private final KeycloakServer keycloak;
  private final Http http = new Http();

  Site(KeycloakServer keycloak) {
    this.keycloak = keycloak;
  }

  KeycloakServer keycloak() {
    return keycloak;
  }

  URI url() {
    return keycloak.url();
  }

  /**
   * Calls the admin API; fails unless it answers 2xx.
   *
   * @param body JSON; {@code null} for none
   */
  synchronized HttpResponse<String> admin(String method, String path, String body) {
    HttpResponse<String> answer = http.call(method, URI.create(url() + path), accessToken(), body);
    return answer.statusCode() / 100 == 2 ? answer : Http.expect(200, answer);
  }

  JsonElement admin(String path) {
    return Http.json(admin("GET", path, null));
  }

  /** The administrator's, good for a minute. */
  synchronized String accessToken() {
    return Http.json(
            Http.expect(
                200,
                http.post(
                    URI.create(url() + "/realms/master/protocol/openid-connect/token"),
                    Map.of(
                        "grant_type", "password",
                        "client_id", "admin-cli",
                        "username", "admin",
                        "password", "admin"))))
        .getAsJsonObject()
        .get("access_token")
        .getAsString();
  }
}
