package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.function.Supplier;

/** What the listener adds to Keycloak's admin API of a realm. */
final class AdminApi {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestRealm realm;
  private final UserAgent userAgent;
  private final Supplier<String> accessToken;

  private AdminApi(TestRealm realm, Supplier<String> accessToken) {
    this.realm = realm;
    this.userAgent = realm.userAgent();
    this.accessToken = accessToken;
  }

  /** As the administrator of the server. */
  static AdminApi of(TestRealm realm) {
    return new AdminApi(realm, () -> realm.stack().admin().tokenManager().getAccessTokenString());
  }

  /** As somebody who has an access token. */
  static AdminApi of(TestRealm realm, String accessToken) {
    return new AdminApi(realm, () -> accessToken);
  }

  HttpResponse<String> call(String method, String path) {
    return userAgent.call(
        method, uri(path), "Authorization", "Bearer " + accessToken.get(), "Accept", "*/*");
  }

  HttpResponse<String> post(String path, String json) {
    return userAgent.postJson(uri(path), json, accessToken.get());
  }

  /** The answer to a GET that succeeds. */
  JsonNode get(String path) {
    return json(call("GET", path), 200);
  }

  /** The body of an answer that must have this status. */
  static JsonNode json(HttpResponse<String> response, int status) {
    UserAgent.expect(response, status);
    try {
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Holds that an answer is a problem of RFC 9457 of this status and kind. */
  static void isProblem(HttpResponse<String> response, int status, String kind) {
    JsonNode problem = json(response, status);
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
    assertThat(problem.get("type").asText()).endsWith(":problem:" + kind);
    assertThat(problem.get("status").asInt()).isEqualTo(status);
    assertThat(problem.get("detail").asText()).isNotBlank();
  }

  private URI uri(String path) {
    return realm.adminUri("/redis-logout/" + path);
  }
}
