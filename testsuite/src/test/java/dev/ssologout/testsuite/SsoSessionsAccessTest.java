package dev.ssologout.testsuite;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.UserRepresentation;

/** Who may call what a user calls, from where, and with what. */
@IntegrationTest
class SsoSessionsAccessTest {
  private static final String SID = "x".repeat(24);

  /** Every call that takes a caller. */
  private static final Map<String, BiFunction<RequestSpecification, String, Response>> CALLS =
      Map.of(
          "list", (caller, sid) -> caller.get(),
          "one", (caller, sid) -> caller.get("/" + sid),
          "status", (caller, sid) -> caller.get("/status"),
          "end one", (caller, sid) -> caller.delete("/" + sid),
          "end others", (caller, sid) -> caller.delete(),
          "logout", (caller, sid) -> caller.post("/logout"));

  @Test
  void asksForCredentials(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);

    refused(api::stranger, 401, "unauthenticated");
    api.stranger()
        .get()
        .then()
        .header("WWW-Authenticate", equalTo("Bearer realm=\"" + realm.name() + "\""));
  }

  @Test
  void refusesWhatIsNoAccessTokenOfTheRealm(Stack stack, TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");
    String tampered =
        login.accessToken().substring(0, login.accessToken().lastIndexOf('.') + 1)
            + "A".repeat(342);

    for (String token : List.of("x", "a.b.c", tampered, login.idToken(), login.refreshToken())) {
      refused(() -> api.as(token), 401, "unauthenticated");
    }
    refused(
        () -> api.stranger().header("Authorization", "Basic YWxpY2U6YWxpY2U="),
        401,
        "unauthenticated");
    try (TestRealm other = stack.createRealm()) {
      Login foreign = other.signIn("alice", "shop");
      refused(() -> api.as(foreign), 401, "unauthenticated");
    }
    api.as("a.b.c")
        .get()
        .then()
        .header("WWW-Authenticate", containsString("error=\"invalid_token\""));
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void refusesAnExpiredToken(TestRealm realm) {
    realm.updateClient("shop", client -> client.getAttributes().put("access.token.lifespan", "1"));
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    await().atMost(MessageLog.PATIENCE).until(() -> api.as(login).get().statusCode() == 401);

    refused(() -> api.as(login), 401, "unauthenticated");
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void refusesATokenForAnotherAudience(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    api.limitScope("blog");
    Login login = realm.userAgent().passwordGrant("alice", "blog", "openid");

    refused(() -> api.as(login), 403, "insufficient-scope");
    api.as(login)
        .get()
        .then()
        .header("WWW-Authenticate", containsString("error=\"insufficient_scope\""))
        .header("WWW-Authenticate", containsString("scope=\"sso-sessions\""));
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void takesATokenWithTheScope(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    api.offerScope("blog");
    Login without = realm.userAgent().passwordGrant("alice", "blog", "openid");
    Login with = realm.userAgent().passwordGrant("alice", "blog", "openid " + SessionsApi.SCOPE);

    api.as(without).get().then().statusCode(403);
    api.as(with).get().then().statusCode(200);
    api.as(with).delete("/" + without.sid()).then().statusCode(200);
  }

  @Test
  void takesALightweightToken(TestRealm realm) {
    realm.updateClient(
        "shop",
        client ->
            client.getAttributes().put("client.use.lightweight.access.token.enabled", "true"));
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    api.as(login).get().then().statusCode(200).body("sessions.sid", contains(login.sid()));
  }

  @Test
  void asksForTheRoleThatKeycloaksOwnAccountApiAsksFor(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    String account = realm.admin().clients().findByClientId("account").get(0).getId();
    realm
        .admin()
        .users()
        .get(realm.userId("alice"))
        .roles()
        .realmLevel()
        .remove(
            List.of(realm.admin().roles().get("default-roles-" + realm.name()).toRepresentation()));
    realm
        .admin()
        .users()
        .get(realm.userId("alice"))
        .roles()
        .clientLevel(account)
        .add(
            List.of(
                realm
                    .admin()
                    .clients()
                    .get(account)
                    .roles()
                    .get("view-profile")
                    .toRepresentation()));
    Login login = realm.signIn("alice", "shop");

    api.as(login).get().then().statusCode(200);
    api.as(login).delete("/" + login.sid()).then().statusCode(403);
    byCookie(login, "GET", "", Map.of(), 200);
    byCookie(login, "DELETE", "/" + login.sid(), Map.of("Sec-Fetch-Site", "same-origin"), 403);
  }

  @Test
  void refusesADisabledUser(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");
    UserRepresentation alice = realm.admin().users().get(realm.userId("alice")).toRepresentation();
    alice.setEnabled(false);
    realm.admin().users().get(alice.getId()).update(alice);

    refused(() -> api.as(login), 401, "unauthenticated");
    byCookie(login, "GET", "", Map.of(), 401);
  }

  @Test
  void refusesADisabledRealm(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");
    realm.update(settings -> settings.setEnabled(false));

    refused(() -> api.as(login), 403, "forbidden");
  }

  @Test
  void refusesAServiceAccount(TestRealm realm) {
    ClientRepresentation robot = TestRealm.client("robot");
    robot.setPublicClient(false);
    robot.setSecret("robot");
    robot.setServiceAccountsEnabled(true);
    Stack.succeeded(realm.admin().clients().create(robot));
    realm.grant("service-account-robot", "account", "manage-account");
    SessionsApi api = new SessionsApi(realm);
    String token =
        given()
            .formParams(
                Map.of(
                    "grant_type", "client_credentials",
                    "client_id", "robot",
                    "client_secret", "robot"))
            .post(realm.issuer() + "/protocol/openid-connect/token")
            .path("access_token");

    refused(() -> api.as(token), 403, "forbidden");
  }

  @Test
  void takesTheIdentityCookieFromItsOwnOriginOnly(TestRealm realm) {
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "shop");
    String sid = "/" + there.sid();
    String own = realm.stack().url().toString().replaceAll("/$", "");

    byCookie(here, "GET", "", Map.of(), 200);
    byCookie(here, "DELETE", sid, Map.of(), 403);
    byCookie(here, "DELETE", sid, Map.of("Sec-Fetch-Site", "cross-site"), 403);
    byCookie(here, "DELETE", sid, Map.of("Sec-Fetch-Site", "same-site", "Origin", own), 403);
    byCookie(here, "DELETE", sid, Map.of("Sec-Fetch-Site", "none"), 403);
    byCookie(here, "DELETE", sid, Map.of("Origin", "https://shop.example"), 403);
    byCookie(here, "DELETE", sid, Map.of("Origin", "null"), 403);
    byCookie(here, "POST", "/logout", Map.of("Sec-Fetch-Site", "cross-site"), 403);
    UserAgent.expect(there.refresh(), 200);
    byCookie(here, "DELETE", sid, Map.of("Sec-Fetch-Site", "same-origin"), 200);
    byCookie(here, "DELETE", "", Map.of("Origin", own), 200);
    HttpResponse<String> read =
        byCookie(here, "GET", "", Map.of("Origin", "https://shop.example"), 200);
    assertThat(read.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void letsPagesOfTheClientsOriginsCall(TestRealm realm) {
    realm.updateClient(
        "shop", client -> client.setWebOrigins(List.of("https://shop.example", "*")));
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    api.as(login)
        .header("Origin", "https://shop.example")
        .get()
        .then()
        .statusCode(200)
        .header("Access-Control-Allow-Origin", equalTo("https://shop.example"))
        .header("Vary", containsString("Origin"));
    api.as(login)
        .header("Origin", "https://evil.example")
        .delete("/" + login.sid())
        .then()
        .statusCode(403)
        .body("type", endsWith(":cross-origin"))
        .header("Access-Control-Allow-Origin", nullValue());
    UserAgent.expect(login.refresh(), 200);
    given()
        .header("Origin", "https://shop.example")
        .header("Access-Control-Request-Method", "DELETE")
        .options(realm.issuer() + "/sso-sessions/" + SID)
        .then()
        .statusCode(204)
        .header("Access-Control-Allow-Origin", equalTo("https://shop.example"))
        .header("Access-Control-Allow-Methods", containsString("DELETE"))
        .header("Access-Control-Allow-Headers", containsString("Authorization"));
  }

  @Test
  void takesNothingThatItDoesNotKnow(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    CALLS.forEach(
        (name, call) ->
            call.apply(api.as(login).queryParam("first", 0), SID)
                .then()
                .statusCode(400)
                .body("type", endsWith(":unknown-parameter"))
                .body("parameter", equalTo("first")));
    for (Map.Entry<String, String> bad :
        List.of(
            Map.entry("max", "0"),
            Map.entry("max", "101"),
            Map.entry("max", "many"),
            Map.entry("sort", "ip"),
            Map.entry("offline", "maybe"),
            Map.entry("cursor", "x"),
            Map.entry("cursor", "A".repeat(60)),
            Map.entry("cursor", "A".repeat(3000)))) {
      api.as(login)
          .queryParam(bad.getKey(), bad.getValue())
          .get()
          .then()
          .statusCode(400)
          .body("type", endsWith(":invalid-parameter"))
          .body("parameter", equalTo(bad.getKey()));
    }
    String foreign = api.as(realm.signIn("alice", "shop")).queryParam("max", 1).get().path("next");
    api.as(realm.signIn("bob", "shop"))
        .queryParam("cursor", foreign)
        .get()
        .then()
        .statusCode(400)
        .body("parameter", equalTo("cursor"));
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void findsNothingByAMalformedId(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    for (String id :
        List.of("x", "a".repeat(37), "a".repeat(5000), "'--", "a%00b", "%F0%9F%98%80")) {
      api.as(login).urlEncodingEnabled(false).get("/" + id).then().statusCode(404);
      api.as(login).urlEncodingEnabled(false).delete("/" + id).then().statusCode(404);
    }
  }

  @Test
  void readsBodiesStrictly(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    for (String body : List.of("{", "[]", "null", "{\"client_id\":7}", "{\"clientId\":\"shop\"}")) {
      api.as(login)
          .contentType("application/json")
          .body(body)
          .post("/logout")
          .then()
          .statusCode(400)
          .body("type", endsWith(":invalid-body"));
    }
    api.as(login).contentType("text/plain").body("shop").post("/logout").then().statusCode(415);
    api.as(login)
        .contentType("application/json")
        .body("{\"client_id\":\"" + "x".repeat(20_000) + "\"}")
        .post("/logout")
        .then()
        .statusCode(413);
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void tellsOtherMethodsAndPathsAsProblemsToo(TestRealm realm) {
    String base = realm.issuer() + "/sso-sessions";

    given()
        .put(base)
        .then()
        .statusCode(405)
        .contentType(startsWith("application/problem+json"))
        .header("Allow", containsString("DELETE"));
    given().patch(base + "/" + SID).then().statusCode(405).header("Allow", notNullValue());
    given().get(base + "/logout").then().statusCode(405).header("Allow", containsString("POST"));
    given()
        .get(base + "/a/b")
        .then()
        .statusCode(404)
        .contentType(startsWith("application/problem+json"));
  }

  @Test
  void answersWithSecurityHeaders(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    for (Response answer : List.of(api.as(login).get(), api.stranger().get())) {
      answer
          .then()
          .header("Cache-Control", equalTo("no-store"))
          .header("X-Content-Type-Options", equalTo("nosniff"))
          .header("X-Frame-Options", equalTo("DENY"))
          .header("Referrer-Policy", equalTo("no-referrer"))
          .header("Content-Security-Policy", containsString("default-src 'none'"));
    }
  }

  @Test
  void limitsHowOftenSessionsAreEnded(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");
    Login other = realm.signIn("bob", "shop");

    Response limited =
        await()
            .atMost(Duration.ofMinutes(1))
            .pollInterval(Duration.ZERO)
            .pollDelay(Duration.ZERO)
            .until(() -> api.as(login).delete("/" + SID), answer -> answer.statusCode() != 404);

    limited
        .then()
        .statusCode(429)
        .body("type", endsWith(":too-many-requests"))
        .header("Retry-After", matchesPattern("[1-9][0-9]*"));
    api.as(other).delete("/" + SID).then().statusCode(404);
    api.as(login).get().then().statusCode(200);
    assertThat(realm.stack().log()).doesNotContain("is counted on this node alone");
  }

  @Test
  void showsNoSecretOfASession(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");

    String answer = api.as(login).get().asString();

    assertThat(answer).doesNotContain("notes", "KC_DEVICE_NOTE", "access_token", "refresh");
  }

  private static void refused(Supplier<RequestSpecification> caller, int status, String problem) {
    CALLS.forEach(
        (name, call) ->
            call.apply(caller.get(), SID)
                .then()
                .statusCode(status)
                .contentType(startsWith("application/problem+json"))
                .body("type", endsWith(":" + problem))
                .body("title", not(nullValue())));
  }

  private static HttpResponse<String> byCookie(
      Login login, String method, String path, Map<String, String> headers, int status) {
    HttpResponse<String> response =
        login
            .userAgent()
            .call(
                method,
                URI.create(login.userAgent().realm().issuer() + "/sso-sessions" + path),
                headers.entrySet().stream()
                    .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
                    .toArray(String[]::new));
    UserAgent.expect(response, status);
    return response;
  }
}
