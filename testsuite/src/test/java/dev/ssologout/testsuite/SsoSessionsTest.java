package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Users see and end their own sessions. */
@IntegrationTest
class SsoSessionsTest {

  @Test
  void listsOwnSessionsAlone(TestRealm realm) {
    realm.updateClient(
        "shop",
        client -> {
          client.setName("The shop");
          client.setBaseUrl("https://shop.example/");
        });
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");
    there.userAgent().alsoOfflineAt("shop");
    realm.signIn("bob", "shop");

    api.as(here)
        .get()
        .then()
        .statusCode(200)
        .body("sessions", hasSize(3))
        .body("next", nullValue())
        .body("sessions.findAll { it.current }.sid", contains(here.sid()))
        .body("sessions.findAll { it.offline }.sid", contains(there.sid()))
        .body("sessions.find { it.current }.ipAddress", equalTo("127.0.0.1"))
        .body("sessions.find { it.current }.rememberMe", equalTo(false))
        .body("sessions.find { it.current }.clients[0].clientId", equalTo("shop"))
        .body("sessions.find { it.current }.clients[0].name", equalTo("The shop"))
        .body("sessions.find { it.current }.clients[0].url", equalTo("https://shop.example/"));
    api.as(here)
        .queryParam("offline", true)
        .get()
        .then()
        .body("sessions.sid", contains(there.sid()));
  }

  @Test
  void listsPageByPageWhileSessionsComeAndGo(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    List<Login> logins = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      logins.add(realm.signIn("alice", "shop"));
    }
    Login caller = logins.get(4);

    Response first = api.as(caller).queryParam("sort", "started").queryParam("max", 2).get();
    realm.signIn("alice", "blog");
    List<String> seen = new ArrayList<>(first.<List<String>>path("sessions.sid"));
    // sessions of the same second are in the order of their sids, so any of them may be here
    logins.stream()
        .filter(login -> login != caller && seen.contains(login.sid()))
        .findFirst()
        .orElseThrow()
        .logout();
    String next = first.path("next");
    while (next != null) {
      Response page =
          api.as(caller)
              .queryParam("sort", "started")
              .queryParam("max", 2)
              .queryParam("cursor", next)
              .get();
      seen.addAll(page.<List<String>>path("sessions.sid"));
      next = page.path("next");
    }

    assertThat(seen)
        .doesNotHaveDuplicates()
        .containsAll(logins.stream().map(Login::sid).collect(Collectors.toList()));
  }

  @Test
  void showsOneOwnSession(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");
    there.userAgent().alsoOfflineAt("shop");
    Login foreign = realm.signIn("bob", "shop");

    api.as(here).get("/" + here.sid()).then().statusCode(200).body("current", equalTo(true));
    api.as(here).get("/" + there.sid()).then().statusCode(200).body("offline", equalTo(false));
    api.as(here)
        .queryParam("offline", true)
        .get("/" + there.sid())
        .then()
        .statusCode(200)
        .body("offline", equalTo(true))
        .body("clients.clientId", contains("shop"));
    String ofForeign =
        api.as(here).get("/" + foreign.sid()).then().statusCode(404).extract().asString();
    String ofNone =
        api.as(here).get("/" + "x".repeat(24)).then().statusCode(404).extract().asString();
    assertThat(ofForeign).isEqualTo(ofNone);
  }

  @Test
  void endsOne(TestRealm realm) {
    Ending ending = Ending.by("one session ended at `DELETE sso-sessions/{sid}`", realm);
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");
    Login offline = there.userAgent().alsoOfflineAt("shop");

    api.as(here)
        .delete("/" + there.sid())
        .then()
        .statusCode(200)
        .body("endedSessions", equalTo(2))
        .body("endedClientSessions", equalTo(3));

    api.as(here).delete("/" + there.sid()).then().statusCode(404);
    assertThat(api.sids(api.as(here))).containsExactly(here.sid());
    ending.tells(
        Reason.ACCOUNT_LOGOUT,
        Initiator.USER,
        there.online("blog", "shop"),
        offline.offline("shop"));
  }

  @Test
  void neverEndsAForeignOne(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login alice = realm.signIn("alice", "shop");
    Login bob = realm.signIn("bob", "shop");

    api.as(alice).delete("/" + bob.sid()).then().statusCode(404);
    api.as(alice).queryParam("client_id", "shop").delete("/" + bob.sid()).then().statusCode(404);

    UserAgent.expect(bob.refresh(), 200);
  }

  @Test
  void endsAllOthers(TestRealm realm) {
    Ending ending = Ending.by("all other sessions ended at `DELETE sso-sessions`", realm);
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");
    Login offline = there.userAgent().alsoOfflineAt("blog");
    Login bob = realm.signIn("bob", "shop");

    api.as(here)
        .delete()
        .then()
        .statusCode(200)
        .body("endedSessions", equalTo(2))
        .body("complete", equalTo(true));

    UserAgent.expect(here.refresh(), 200);
    UserAgent.expect(bob.refresh(), 200);
    ending.tells(
        Reason.ACCOUNT_LOGOUT, Initiator.USER, there.online("blog"), offline.offline("blog"));
  }

  @Test
  void endsAll(TestRealm realm) {
    Ending ending = Ending.by("all sessions ended at `DELETE sso-sessions`", realm);
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");

    api.as(here)
        .queryParam("current", true)
        .delete()
        .then()
        .statusCode(200)
        .body("endedSessions", equalTo(2));

    ending.tells(Reason.ACCOUNT_LOGOUT, Initiator.USER, here.online("shop"), there.online("blog"));
  }

  @Test
  void endsTheCallersSession(TestRealm realm) {
    Ending ending = Ending.by("own session ended at `POST sso-sessions/logout`", realm);
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    here.userAgent().alsoAt("blog");
    Login there = realm.signIn("alice", "blog");

    api.as(here)
        .post("/logout")
        .then()
        .statusCode(200)
        .body("success", equalTo(true))
        .body("endedSessions", equalTo(1))
        .body("endedClientSessions", equalTo(2));

    UserAgent.expect(there.refresh(), 200);
    ending.tells(Reason.ACCOUNT_LOGOUT, Initiator.USER, here.online("blog", "shop"));
  }

  @Test
  void endsAClientsPart(TestRealm realm) {
    Ending ending = Ending.by("one client's part ended at `POST sso-sessions/logout`", realm);
    SessionsApi api = new SessionsApi(realm);
    Login shop = realm.signIn("alice", "shop");
    Login blog = shop.userAgent().alsoAt("blog");

    api.as(shop)
        .contentType(ContentType.JSON)
        .body(Map.of("client_id", "blog"))
        .post("/logout")
        .then()
        .statusCode(200)
        .body("success", equalTo(true))
        .body("endedSessions", equalTo(0))
        .body("endedClientSessions", equalTo(1));

    UserAgent.expect(shop.refresh(), 200);
    UserAgent.expect(blog.refresh(), 400);
    api.as(shop)
        .contentType(ContentType.JSON)
        .body(Map.of("client_id", "nosuch"))
        .post("/logout")
        .then()
        .statusCode(200)
        .body("endedClientSessions", equalTo(0));
    ending.tellsNothing();
  }

  @Test
  void endsTheSessionWithItsLastClientsPart(TestRealm realm) {
    Ending ending = Ending.by("last client's part ended at `DELETE sso-sessions/{sid}`", realm);
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");

    api.as(here).queryParam("client_id", "shop").delete("/" + there.sid()).then().statusCode(404);
    api.as(here)
        .queryParam("client_id", "blog")
        .delete("/" + there.sid())
        .then()
        .statusCode(200)
        .body("endedSessions", equalTo(1))
        .body("endedClientSessions", equalTo(1));

    ending.tells(Reason.ACCOUNT_LOGOUT, Initiator.USER, there.online("blog"));
  }

  @Test
  void saysWhetherTheSessionLives(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");

    api.as(here)
        .get("/status")
        .then()
        .statusCode(200)
        .body("active", equalTo(true))
        .body("sid", equalTo(here.sid()));
    here.logout();

    api.as(here).get("/status").then().statusCode(200).body("active", equalTo(false));
    api.as(here).get().then().statusCode(401);
  }

  @Test
  void firesAnEventForEach(TestRealm realm) {
    realm.update(settings -> settings.setEventsEnabled(true));
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");

    api.as(here).delete("/" + there.sid()).then().statusCode(200);

    assertThat(realm.admin().getEvents(List.of("LOGOUT"), null, null, null, null, null, null, null))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getSessionId()).isEqualTo(there.sid());
              assertThat(event.getUserId()).isEqualTo(here.sub());
              assertThat(event.getClientId()).isEqualTo("shop");
            });
  }

  @Test
  void endsOneSessionOnceHoweverManyAsk(TestRealm realm) throws Exception {
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "blog");
    ExecutorService threads = Executors.newFixedThreadPool(50);
    List<Integer> answers = new ArrayList<>();
    try {
      Callable<Integer> end = () -> api.as(here).delete("/" + there.sid()).statusCode();
      List<Callable<Integer>> ends = Collections.nCopies(50, end);
      for (Future<Integer> answer : threads.invokeAll(ends)) {
        answers.add(answer.get());
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(answers).hasSize(50).contains(200).containsAnyOf(200, 404).isSubsetOf(200, 404);
    assertThat(realm.messages().awaitOne().sid()).isEqualTo(there.sid());
  }

  @Test
  void showsNoSessionThatIsOver(TestRealm realm) {
    SessionsApi api = new SessionsApi(realm);
    Login here = realm.signIn("alice", "shop");
    Map<String, String> rememberMe = Map.of("rememberMe", "on");
    realm.update(settings -> settings.setRememberMe(true));
    Login remembered = realm.userAgent().signIn("alice", "shop", rememberMe);
    assertThat(api.sids(api.as(here))).contains(remembered.sid());

    realm.update(settings -> settings.setRememberMe(false));

    // Its row is still there until the next sweep.
    api.as(here).get().then().body("sessions.sid", not(hasItems(remembered.sid())));
    api.as(here).get("/" + remembered.sid()).then().statusCode(404);
  }
}
