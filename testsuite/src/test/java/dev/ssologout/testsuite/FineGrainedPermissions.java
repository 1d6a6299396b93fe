package dev.ssologout.testsuite;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import java.util.List;
import java.util.Map;

/** Fine-grained admin permissions, which the admin client that the tests have does not know. */
final class FineGrainedPermissions {
  private FineGrainedPermissions() {}

  /**
   * Lets a user do something with another one, and with nobody else.
   *
   * @param scope {@code view} or {@code manage}
   */
  static void allow(TestRealm realm, String admin, String user, String scope) {
    String token = realm.stack().admin().tokenManager().getAccessTokenString();
    send(
        token,
        "PUT",
        realm.adminUri("").toString(),
        Map.of("realm", realm.name(), "adminPermissionsEnabled", true));
    realm.grant(admin, "realm-management", "query-users");
    String resourceServer =
        realm
            .adminUri(
                "/clients/"
                    + realm.admin().clients().findByClientId("admin-permissions").get(0).getId()
                    + "/authz/resource-server")
            .toString();
    String name = "%s may %s %s".formatted(admin, scope, user);
    send(
        token,
        "POST",
        resourceServer + "/policy/user",
        Map.of("name", name + ": who", "users", List.of(realm.userId(admin))));
    send(
        token,
        "POST",
        resourceServer + "/permission/scope",
        Map.of(
            "name", name,
            "resourceType", "Users",
            "resources", List.of(realm.userId(user)),
            "scopes", List.of(scope),
            "policies", List.of(name + ": who")));
  }

  private static void send(String token, String method, String address, Map<String, ?> body) {
    int status =
        given()
            .header("Authorization", "Bearer " + token)
            .contentType(ContentType.JSON)
            .body(body)
            .request(method, address)
            .statusCode();
    if (status / 100 != 2) {
      throw new IllegalStateException(method + " " + address + " answered " + status);
    }
  }
}
