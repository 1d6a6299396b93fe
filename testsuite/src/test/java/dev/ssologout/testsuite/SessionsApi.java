package dev.ssologout.testsuite;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.admin.client.resource.ClientResource;
import org.keycloak.representations.idm.ClientScopeRepresentation;

/** The REST resources {@code sso-sessions} of a realm; every answer is held against OpenAPI. */
final class SessionsApi {
  static final String SCOPE = "sso-sessions";

  private final TestRealm realm;
  private final OpenApiDocument document;

  SessionsApi(TestRealm realm) {
    this.realm = realm;
    this.document =
        new OpenApiDocument(given().get(realm.issuer() + "/sso-sessions/openapi.json").asString());
  }

  /** A caller of whom nothing is known. */
  RequestSpecification stranger() {
    return given().baseUri(realm.issuer().toString()).basePath("/sso-sessions").filter(document);
  }

  RequestSpecification as(String accessToken) {
    return stranger().header("Authorization", "Bearer " + accessToken);
  }

  RequestSpecification as(Login login) {
    return as(login.accessToken());
  }

  /** An administrator with an access token of any realm. */
  RequestSpecification admin(String accessToken) {
    return given()
        .baseUri(realm.adminUri("").toString())
        .basePath("/sso-sessions")
        .filter(document)
        .header("Authorization", "Bearer " + accessToken);
  }

  /** The administrator of the master realm. */
  RequestSpecification admin() {
    return admin(realm.stack().admin().tokenManager().getAccessTokenString());
  }

  /** As {@link #admin()}, with a JSON body. */
  RequestSpecification admin(Map<String, ?> body) {
    return admin().contentType(ContentType.JSON).body(body);
  }

  /** Lets the client ask for the scope, and takes from it every other right to be here. */
  void offerScope(String clientId) {
    ClientScopeRepresentation scope = new ClientScopeRepresentation();
    scope.setName(SCOPE);
    scope.setProtocol("openid-connect");
    scope.setAttributes(new HashMap<>(Map.of("include.in.token.scope", "true")));
    Stack.succeeded(realm.admin().clientScopes().create(scope));
    String scopeId =
        realm.admin().clientScopes().findAll().stream()
            .filter(found -> found.getName().equals(SCOPE))
            .findFirst()
            .orElseThrow()
            .getId();
    limitScope(clientId);
    client(clientId).addOptionalClientScope(scopeId);
  }

  /** Has the client's tokens carry no roles, and so no audience. */
  void limitScope(String clientId) {
    realm.updateClient(clientId, client -> client.setFullScopeAllowed(false));
  }

  List<String> sids(RequestSpecification list) {
    return list.get().then().statusCode(200).extract().path("sessions.sid");
  }

  private ClientResource client(String clientId) {
    return realm
        .admin()
        .clients()
        .get(realm.admin().clients().findByClientId(clientId).get(0).getId());
  }
}
