package dev.ssologout.testsuite;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.nullValue;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import io.restassured.response.Response;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.AdminEventRepresentation;

/** Administrators see and end the sessions of a realm. */
@IntegrationTest
class SsoSessionsAdminTest {

  @Test
  void listsTheSessionsOfTheRealm(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login alice = realm.signIn("alice", "shop");
    Login bob = realm.signIn("bob", "blog");
    bob.userAgent().alsoOfflineAt("shop");

    api.admin()
        .get()
        .then()
        .statusCode(200)
        .body("sessions.sid", containsInAnyOrder(alice.sid(), bob.sid(), bob.sid()))
        .body("sessions.find { it.sid == '" + alice.sid() + "' }.username", equalTo("alice"))
        .body("sessions.find { it.sid == '" + alice.sid() + "' }.userId", equalTo(alice.sub()));
  }

  @Test
  void filters(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login alice = realm.signIn("alice", "shop");
    Login bob = realm.signIn("bob", "blog");
    Login offline = bob.userAgent().alsoOfflineAt("shop");
    String future = Instant.now().plus(1, ChronoUnit.HOURS).toString();
    String past = Instant.now().minus(1, ChronoUnit.HOURS).toString();

    Map<Map<String, Object>, List<String>> expected =
        Map.ofEntries(
            Map.entry(Map.of("user", alice.sub()), List.of(alice.sid())),
            Map.entry(Map.of("user", "nobody"), List.of()),
            Map.entry(Map.of("client", "blog"), List.of(bob.sid())),
            Map.entry(Map.of("client", "nosuch"), List.of()),
            Map.entry(Map.of("client", "shop", "offline", true), List.of(offline.sid())),
            Map.entry(Map.of("offline", false), List.of(alice.sid(), bob.sid())),
            Map.entry(
                Map.of("ipAddress", "127.0.0.1", "user", bob.sub(), "offline", false),
                List.of(bob.sid())),
            Map.entry(Map.of("ipAddress", "192.0.2.1"), List.of()),
            Map.entry(Map.of("startedAfter", past, "user", alice.sub()), List.of(alice.sid())),
            Map.entry(Map.of("startedAfter", future), List.of()),
            Map.entry(Map.of("startedBefore", past), List.of()),
            Map.entry(Map.of("startedBefore", future, "user", alice.sub()), List.of(alice.sid())),
            Map.entry(Map.of("lastAccessAfter", future), List.of()),
            Map.entry(Map.of("lastAccessBefore", past), List.of()),
            Map.entry(Map.of("lastAccessAfter", past, "client", "blog"), List.of(bob.sid())));

    expected.forEach(
        (filter, sids) -> {
          for (String sort : List.of("started", "-started", "lastAccess", "-lastAccess")) {
            assertThat(api.sids(api.admin().queryParams(filter).queryParam("sort", sort)))
                .as("%s by %s", filter, sort)
                .containsExactlyInAnyOrderElementsOf(sids);
          }
          api.admin()
              .queryParams(filter)
              .get("/count")
              .then()
              .statusCode(200)
              .body("count", equalTo(sids.size()))
              .body("complete", equalTo(true));
        });
  }

  @Test
  void sortsAndPagesOverEveryKindOfSession(TestRealm realm) {
    realm.update(settings -> settings.setRememberMe(true));
    SessionsApi api = new SessionsApi(realm);
    for (int i = 0; i < 3; i++) {
      realm.signIn("alice", "shop").userAgent().alsoOfflineAt("blog");
      realm.userAgent().signIn("bob", "shop", Map.of("rememberMe", "on"));
    }

    for (String by : List.of("started", "lastAccess")) {
      List<String> up = pages(api, by, 2);
      List<String> down = pages(api, "-" + by, 4);
      assertThat(up).hasSize(9).doesNotHaveDuplicates();
      assertThat(times(up)).isSorted();
      assertThat(down).containsExactlyInAnyOrderElementsOf(up);
      Collections.reverse(down);
      assertThat(times(down)).isEqualTo(times(up));
    }
  }

  private static List<String> times(List<String> keys) {
    return keys.stream().map(key -> key.substring(0, key.indexOf(' '))).toList();
  }

  /** Each session as the time that it is sorted by and what identifies it. */
  private static List<String> pages(SessionsApi api, String sort, int max) {
    List<String> keys = new ArrayList<>();
    String cursor = null;
    do {
      var list = api.admin().queryParam("sort", sort).queryParam("max", max);
      Response page = (cursor == null ? list : list.queryParam("cursor", cursor)).get();
      List<Map<String, Object>> sessions = page.path("sessions");
      assertThat(sessions).hasSizeLessThanOrEqualTo(max);
      sessions.forEach(
          session ->
              keys.add(
                  session.get(sort.replace("-", ""))
                      + (Boolean.TRUE.equals(session.get("offline")) ? " 1 " : " 0 ")
                      + session.get("sid")));
      cursor = page.path("next");
    } while (cursor != null);
    return keys;
  }

  @Test
  void showsAndEndsOne(TestRealm realm) {
    Ending ending = Ending.by("session ended by an admin at `DELETE sso-sessions/{sid}`", realm);
    realm.update(settings -> settings.setAdminEventsEnabled(true));
    SessionsApi api = new SessionsApi(realm);
    Login login = realm.signIn("alice", "shop");
    Login offline = login.userAgent().alsoOfflineAt("blog");

    api.admin().get("/" + login.sid()).then().statusCode(200).body("username", equalTo("alice"));
    api.admin()
        .delete("/" + login.sid())
        .then()
        .statusCode(200)
        .body("endedSessions", equalTo(2))
        .body("endedClientSessions", equalTo(3));
    api.admin().get("/" + login.sid()).then().statusCode(404);
    api.admin().delete("/" + login.sid()).then().statusCode(404);

    assertThat(adminEvents(realm))
        .containsExactlyInAnyOrder(
            "DELETE USER_SESSION sessions/" + login.sid(),
            "DELETE USER_SESSION sessions/" + login.sid());
    ending.tells(
        Reason.ADMIN_LOGOUT,
        Initiator.ADMIN,
        login.online("blog", "shop"),
        offline.offline("blog"));
  }

  @Test
  void endsAClientsPart(TestRealm realm) {
    Ending ending =
        Ending.by("one client's part ended by an admin at `DELETE sso-sessions/{sid}`", realm);
    realm.update(settings -> settings.setAdminEventsEnabled(true));
    SessionsApi api = new SessionsApi(realm);
    Login shop = realm.signIn("alice", "shop");
    Login blog = shop.userAgent().alsoAt("blog");

    api.admin().queryParam("client_id", "nosuch").delete("/" + shop.sid()).then().statusCode(404);
    api.admin()
        .queryParam("client_id", "blog")
        .delete("/" + shop.sid())
        .then()
        .statusCode(200)
        .body("endedSessions", equalTo(0))
        .body("endedClientSessions", equalTo(1));

    UserAgent.expect(shop.refresh(), 200);
    UserAgent.expect(blog.refresh(), 400);
    assertThat(adminEvents(realm))
        .containsExactly("DELETE USER_SESSION sessions/" + shop.sid() + "/clients/blog");
    ending.tellsNothing();
  }

  @Test
  void endsByFilterAfterADryRun(TestRealm realm) {
    Ending ending = Ending.by("sessions ended by an admin at `POST sso-sessions/end`", realm);
    SessionsApi api = new SessionsApi(realm);
    Login first = realm.signIn("alice", "shop");
    Login second = realm.signIn("alice", "blog");
    Login bob = realm.signIn("bob", "blog");
    Map<String, Object> filter = Map.of("user", first.sub());

    api.admin(Map.of("filter", filter)).post("/end").then().statusCode(428);
    Response dryRun = api.admin(Map.of("filter", filter, "dryRun", true)).post("/end");
    dryRun
        .then()
        .statusCode(200)
        .body("dryRun", equalTo(true))
        .body("matching", equalTo(2))
        .body("endedSessions", equalTo(0));
    api.admin(Map.of("filter", filter))
        .header("If-Match", dryRun.header("ETag"))
        .post("/end")
        .then()
        .statusCode(200)
        .body("endedSessions", equalTo(2))
        .body("matching", equalTo(0))
        .body("next", nullValue());

    UserAgent.expect(bob.refresh(), 200);
    ending.tells(Reason.ADMIN_LOGOUT, Initiator.ADMIN, first.online("shop"), second.online("blog"));
  }

  @Test
  void endsNothingOnceOthersWouldEndThanInTheDryRun(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login first = realm.signIn("alice", "shop");
    Map<String, Object> filter = Map.of("client", "shop");
    String etag = api.admin(Map.of("filter", filter, "dryRun", true)).post("/end").header("ETag");
    Login second = realm.signIn("alice", "shop");

    api.admin(Map.of("filter", filter))
        .header("If-Match", etag)
        .post("/end")
        .then()
        .statusCode(412)
        .body("type", endsWith(":precondition-failed"))
        .body("matching", equalTo(2));
    api.admin(Map.of("filter", Map.of("client", "shop", "offline", false)))
        .header("If-Match", etag)
        .post("/end")
        .then()
        .statusCode(412);

    UserAgent.expect(first.refresh(), 200);
    UserAgent.expect(second.refresh(), 200);
  }

  @Test
  void endsManyInSeveralCalls(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    String alice = realm.userId("alice");
    for (int i = 0; i < 103; i++) {
      realm.userAgent().passwordGrant("alice", "shop", "openid");
    }
    Map<String, Object> filter = Map.of("user", alice);
    Response answer = api.admin(Map.of("filter", filter, "dryRun", true)).post("/end");
    answer.then().body("matching", equalTo(103));

    answer =
        api.admin(Map.of("filter", filter)).header("If-Match", answer.header("ETag")).post("/end");
    answer.then().statusCode(200).body("endedSessions", equalTo(100)).body("matching", equalTo(3));
    answer =
        api.admin(Map.of("filter", filter, "cursor", answer.<String>path("next")))
            .header("If-Match", answer.header("ETag"))
            .post("/end");
    answer.then().statusCode(200).body("endedSessions", equalTo(3)).body("next", nullValue());

    assertThat(realm.messages().awaitExactly(103))
        .allSatisfy(message -> assertThat(message.reason()).isEqualTo(Reason.ADMIN_LOGOUT));
  }

  @Test
  void letsEachAdministratorDoWhatTheirRolesAllow(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login victim = realm.signIn("bob", "shop");
    String nobody = realm.signIn("alice", "shop").accessToken();
    Map<String, Object> dryRun = Map.of("filter", Map.of("user", victim.sub()), "dryRun", true);
    String path = "/" + victim.sid();

    api.admin(nobody).get().then().statusCode(403).body("type", endsWith(":forbidden"));
    api.admin(nobody).get("/count").then().statusCode(403);
    api.admin(nobody).get(path).then().statusCode(403);
    api.admin(nobody).delete(path).then().statusCode(403);
    api.admin(nobody)
        .contentType("application/json")
        .body(dryRun)
        .post("/end")
        .then()
        .statusCode(403);

    realm.grant("alice", "realm-management", "view-users");
    String viewer = realm.signIn("alice", "shop").accessToken();
    api.admin(viewer).get().then().statusCode(200).body("sessions.size()", greaterThan(1));
    api.admin(viewer).get(path).then().statusCode(200);
    api.admin(viewer).delete(path).then().statusCode(403);
    api.admin(viewer)
        .contentType("application/json")
        .body(dryRun)
        .post("/end")
        .then()
        .statusCode(403);

    UserAgent.expect(victim.refresh(), 200);
    realm.grant("alice", "realm-management", "manage-users");
    String manager = realm.signIn("alice", "shop").accessToken();
    api.admin(manager).delete(path).then().statusCode(200);
  }

  @Test
  void respectsFineGrainedPermissions(TestRealm realm) {
    Stack.succeeded(realm.admin().users().create(TestRealm.user("carol")));
    FineGrainedPermissions.allow(realm, "alice", "bob", "view");
    SessionsApi api = new SessionsApi(realm);
    Login admin = realm.signIn("alice", "shop");
    Login bob = realm.signIn("bob", "shop");
    Login hidden = realm.signIn("carol", "shop");

    api.admin(admin.accessToken())
        .get()
        .then()
        .statusCode(200)
        .body("sessions.sid", contains(bob.sid()));
    api.admin(admin.accessToken()).get("/count").then().body("count", equalTo(1));
    api.admin(admin.accessToken()).get("/" + hidden.sid()).then().statusCode(404);
    api.admin(admin.accessToken()).delete("/" + hidden.sid()).then().statusCode(404);
    api.admin(admin.accessToken()).delete("/" + bob.sid()).then().statusCode(403);
    FineGrainedPermissions.allow(realm, "alice", "bob", "manage");
    api.admin(admin.accessToken())
        .contentType("application/json")
        .body(Map.of("filter", Map.of(), "dryRun", true))
        .post("/end")
        .then()
        .statusCode(200)
        .body("matching", equalTo(1));
    api.admin(admin.accessToken()).delete("/" + bob.sid()).then().statusCode(200);
  }

  @Test
  void refusesAnAdministratorOfAnotherRealm(Stack stack, TestRealm realm) {
    try (TestRealm other = stack.createRealm()) {
      other.grant("alice", "realm-management", "manage-users");
      String foreign = other.signIn("alice", "shop").accessToken();

      // Keycloak refuses it, in its own words.
      given()
          .header("Authorization", "Bearer " + foreign)
          .get(realm.adminUri("/sso-sessions"))
          .then()
          .statusCode(403);
    }
  }

  @Test
  void takesNothingThatItDoesNotKnow(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);

    for (Map.Entry<String, String> bad :
        List.of(
            Map.entry("max", "101"),
            Map.entry("sort", "ip"),
            Map.entry("startedAfter", "yesterday"),
            Map.entry("lastAccessBefore", "2026-11-20"),
            Map.entry("cursor", "x"))) {
      api.admin()
          .queryParam(bad.getKey(), bad.getValue())
          .get()
          .then()
          .statusCode(400)
          .body("parameter", equalTo(bad.getKey()));
    }
    api.admin().queryParam("first", 0).get().then().statusCode(400);
    api.admin().queryParam("max", 1).get("/count").then().statusCode(400);
    for (Map<String, ?> body :
        List.<Map<String, ?>>of(
            Map.of(),
            Map.of("dryRun", true),
            Map.of("filter", Map.of("ip", "127.0.0.1"), "dryRun", true),
            Map.of("filter", List.of(), "dryRun", true),
            Map.of("filter", Map.of("startedAfter", "now"), "dryRun", true),
            Map.of("filter", Map.of(), "dryRun", "yes"))) {
      api.admin(body).post("/end").then().statusCode(400);
    }
    api.admin()
        .queryParam("user", "x' or '1'='1")
        .get()
        .then()
        .statusCode(200)
        .body("sessions", empty());
  }

  private static List<String> adminEvents(TestRealm realm) {
    return realm.admin().getAdminEvents().stream()
        .filter(event -> event.getResourceType().equals("USER_SESSION"))
        .map(SsoSessionsAdminTest::text)
        .toList();
  }

  private static String text(AdminEventRepresentation event) {
    return event.getOperationType() + " " + event.getResourceType() + " " + event.getResourcePath();
  }
}
