package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.UnifiedJedis;

/** The broadcaster's stream, as a client without a browser sees it. */
@IntegrationTest
class LogoutStreamTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ORIGIN = "https://shop.example";

  @Test
  void tellsTheEndOfTheSessionOnce(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    try (EventStream stream = EventStream.open(realm, login.accessToken())) {
      assertThat(stream.events().get(0).name()).isEqualTo("ready");
      assertThat(stream.events().get(0).data().get("sid").asText()).isEqualTo(login.sid());

      login.logout();

      JsonNode ended = stream.awaitEnded();
      assertThat(ended.get("type").asText()).isEqualTo("SSO_LOGOUT");
      assertThat(ended.get("sid").asText()).isEqualTo(login.sid());
      assertThat(ended.get("reason").asText()).isEqualTo("logout");
      assertThat(ended.get("initiator").asText()).isEqualTo("user");
      await().atMost(MessageLog.PATIENCE).until(stream::ended);
      assertThat(stream.awaitEvents(2)).containsExactly("ready", "ended");
      assertThat(stream.events().get(1).id()).isEqualTo(realm.messages().awaitOne().id());
    }
  }

  @Test
  void takesTheIdToken(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    try (EventStream stream = EventStream.open(realm, login.idToken())) {
      realm.admin().deleteSession(login.sid(), false);

      assertThat(stream.awaitEnded().get("reason").asText()).isEqualTo("admin_logout");
    }
  }

  @Test
  void takesNoOtherToken(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    for (String token : List.of(login.refreshToken(), "a.b.c", "", login.accessToken() + "x")) {
      assertProblem(
          EventStream.request(EventStream.uri(realm, "events"), "Authorization", "Bearer " + token),
          401,
          "unauthenticated");
    }
    assertProblem(
        EventStream.request(EventStream.uri(realm, "events"), "Authorization", "Basic YTpi"),
        401,
        "unauthenticated");
  }

  @Test
  void tellsNothingOfOtherSessions(TestRealm realm) {
    Login watched = realm.signIn("alice", "shop");
    Login other = realm.signIn("alice", "shop");
    Login bob = realm.signIn("bob", "shop");
    try (EventStream stream = EventStream.open(realm, watched.accessToken())) {
      other.logout();
      bob.logout();
      realm.messages().awaitExactly(2);
      watched.logout();

      assertThat(stream.awaitEnded().get("sid").asText()).isEqualTo(watched.sid());
    }
  }

  @Test
  void answersAtOnceWhenTheSessionHasEnded(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    login.logout();
    for (String token : List.of(login.accessToken(), login.idToken())) {
      try (EventStream stream = EventStream.open(realm, token)) {
        assertThat(stream.awaitEnded().get("reason").asText()).isEqualTo("logout");
        await().atMost(MessageLog.PATIENCE).until(stream::ended);
      }
    }
  }

  @Test
  void goesOnWhenTheTokenExpiresAndTellsByItAfterwards(TestRealm realm) {
    realm.update(settings -> settings.setAccessTokenLifespan(1));
    Login login = realm.signIn("alice", "shop");
    try (EventStream stream = EventStream.open(realm, login.accessToken())) {
      await("the token's expiry")
          .atMost(MessageLog.PATIENCE)
          .until(
              () ->
                  EventStream.request(
                              EventStream.uri(realm, "events"),
                              "Authorization",
                              "Bearer " + login.accessToken())
                          .statusCode()
                      == 401);
      assertThat(stream.ended()).isFalse();

      login.logout();

      stream.awaitEnded();
    }
    try (EventStream stream = EventStream.open(realm, login.accessToken())) {
      assertThat(stream.awaitEnded().get("sid").asText()).isEqualTo(login.sid());
    }
  }

  @Test
  void tellsOfEverySessionThatEndsTogether(TestRealm realm) {
    Login first = realm.signIn("alice", "shop");
    Login second = realm.signIn("bob", "shop");
    try (EventStream one = EventStream.open(realm, first.accessToken());
        EventStream two = EventStream.open(realm, second.accessToken())) {
      realm.admin().logoutAll();

      assertThat(one.awaitEnded().get("reason").asText()).isEqualTo("logout_all");
      assertThat(two.awaitEnded().get("reason").asText()).isEqualTo("logout_all");
    }
  }

  @Test
  void opensOneStreamByATicket(TestRealm realm) throws IOException {
    realm.updateClient("shop", client -> client.setWebOrigins(List.of(ORIGIN)));
    Login login = realm.signIn("alice", "shop");
    String ticket = ticket(realm, login, ORIGIN);

    try (EventStream stream =
        EventStream.open(
            EventStream.uri(realm, "events?client_id=shop&ticket=" + ticket), "Origin", ORIGIN)) {
      stream.awaitEvents(1);
      assertThat(stream.response().headers().firstValue("Access-Control-Allow-Origin"))
          .hasValue(ORIGIN);
      login.logout();
      stream.awaitEnded();
    }
    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events?client_id=shop&ticket=" + ticket), "Origin", ORIGIN),
        401,
        "unauthenticated");
  }

  @Test
  void refusesATicketElsewhere(Stack stack, TestRealm realm) throws IOException {
    realm.updateClient(
        "shop", client -> client.setWebOrigins(List.of(ORIGIN, "https://other.example")));
    Login login = realm.signIn("alice", "shop");

    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events?ticket=" + ticket(realm, login, ORIGIN)),
            "Origin",
            "https://other.example"),
        403,
        "cross-origin");
    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events?ticket=" + ticket(realm, login, ORIGIN))),
        403,
        "cross-origin");
    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events?client_id=blog&ticket=" + ticket(realm, login, ORIGIN))),
        403,
        "cross-origin");
    try (TestRealm other = stack.createRealm()) {
      assertProblem(
          EventStream.request(
              EventStream.uri(other, "events?ticket=" + ticket(realm, login, ORIGIN)),
              "Origin",
              ORIGIN),
          401,
          "unauthenticated");
    }
  }

  private static String ticket(TestRealm realm, Login login, String origin) throws IOException {
    HttpResponse<String> answer =
        realm
            .userAgent()
            .call(
                "POST",
                EventStream.uri(realm, "ticket?client_id=shop"),
                "Authorization",
                "Bearer " + login.accessToken(),
                "Origin",
                origin);
    UserAgent.expect(answer, 200);
    return JSON.readTree(answer.body()).get("ticket").asText();
  }

  @Test
  void refusesATokenOfAnotherClientOrRealm(Stack stack, TestRealm realm) {
    realm.updateClient("shop", client -> client.setWebOrigins(List.of(ORIGIN)));
    Login atBlog = realm.signIn("alice", "blog");
    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events?client_id=shop"),
            "Authorization",
            "Bearer " + atBlog.accessToken()),
        403,
        "forbidden");
    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events"),
            "Origin",
            ORIGIN,
            "Authorization",
            "Bearer " + atBlog.accessToken()),
        403,
        "cross-origin");
    try (TestRealm other = stack.createRealm()) {
      assertProblem(
          EventStream.request(
              EventStream.uri(other, "events"), "Authorization", "Bearer " + atBlog.accessToken()),
          401,
          "unauthenticated");
    }
  }

  @Test
  void takesTheIdentityCookieFromItsOwnPagesOnly(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    String cookies = login.userAgent().cookieHeader();
    for (String site : List.of("cross-site", "same-site", "none")) {
      assertProblem(
          EventStream.request(
              EventStream.uri(realm, "events"), "Cookie", cookies, "Sec-Fetch-Site", site),
          403,
          "cross-origin");
    }
    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events"), "Cookie", cookies, "Origin", "https://evil.example"),
        403,
        "cross-origin");
    try (EventStream stream =
        EventStream.open(
            EventStream.uri(realm, "events"), "Cookie", cookies, "Sec-Fetch-Site", "same-origin")) {
      stream.awaitEvents(1);
      login.logout();
      assertThat(stream.awaitEnded().get("sid").asText()).isEqualTo(login.sid());
    }
  }

  @Test
  void tellsAPageOfKeycloaksOwnOfAllSessionsOfItsUser(TestRealm realm) {
    Login own = realm.signIn("alice", "shop");
    Login other = realm.signIn("alice", "blog");
    Login bob = realm.signIn("bob", "shop");
    try (EventStream stream =
        EventStream.open(
            EventStream.uri(realm, "events?scope=user"),
            "Cookie",
            own.userAgent().cookieHeader(),
            "Sec-Fetch-Site",
            "same-origin")) {
      stream.awaitEvents(1);
      bob.logout();
      other.logout();
      stream.awaitEvents(2);
      own.logout();
      stream.awaitEvents(3);

      assertThat(stream.events().subList(1, 3))
          .extracting(event -> event.data().get("sid").asText())
          .containsExactly(other.sid(), own.sid());
      await().atMost(MessageLog.PATIENCE).until(stream::ended);
    }
    assertProblem(
        EventStream.request(
            EventStream.uri(realm, "events?scope=user"),
            "Authorization",
            "Bearer " + realm.signIn("alice", "shop").accessToken()),
        403,
        "forbidden");
  }

  @Test
  void tellsAPageWhatItHasMissedSinceItsLastEvent(TestRealm realm) {
    Login own = realm.signIn("alice", "shop");
    Login heardOf = realm.signIn("alice", "shop");
    Login missed = realm.signIn("alice", "shop");
    Login bob = realm.signIn("bob", "shop");
    String lastEventId;
    try (EventStream stream = openForUser(realm, own, "")) {
      stream.awaitEvents(1);
      heardOf.logout();
      stream.awaitEvents(2);
      lastEventId = stream.events().get(1).id();
    }
    missed.logout();
    bob.logout();
    realm.messages().awaitExactly(3);

    try (EventStream stream = openForUser(realm, own, lastEventId)) {
      assertThat(stream.awaitEvents(2)).containsExactly("ended", "ready");
      assertThat(stream.events().get(0).data().get("sid").asText()).isEqualTo(missed.sid());
    }
    try (EventStream stream = openForUser(realm, own, "of another server")) {
      assertThat(stream.awaitEvents(1)).containsExactly("ready");
    }
  }

  private static EventStream openForUser(TestRealm realm, Login login, String lastEventId) {
    return EventStream.open(
        EventStream.uri(realm, "events?scope=user"),
        "Cookie",
        login.userAgent().cookieHeader(),
        "Sec-Fetch-Site",
        "same-origin",
        "Last-Event-ID",
        lastEventId);
  }

  @Test
  void framesForTheClientsOriginsOnly(TestRealm realm) {
    realm.updateClient("shop", client -> client.setWebOrigins(List.of(ORIGIN, "*")));
    HttpResponse<InputStream> frame =
        EventStream.request(EventStream.uri(realm, "frame?client_id=shop"));
    assertThat(frame.statusCode()).isEqualTo(200);
    String policy = frame.headers().firstValue("Content-Security-Policy").orElseThrow();
    assertThat(policy)
        .startsWith("default-src 'none'; script-src http")
        .endsWith("; frame-ancestors " + ORIGIN)
        .doesNotContain("*")
        .doesNotContain("unsafe");
    assertThat(frame.headers().firstValue("X-Frame-Options")).isEmpty();
    assertThat(EventStream.body(frame)).contains("data-origins=\"" + ORIGIN + "\"");

    realm.updateClient("blog", client -> client.setWebOrigins(List.of("*")));
    assertProblem(
        EventStream.request(EventStream.uri(realm, "frame?client_id=blog")), 403, "forbidden");
    assertProblem(
        EventStream.request(EventStream.uri(realm, "frame?client_id=%22%3E%3Cscript%3E")),
        400,
        "invalid-parameter");
    assertProblem(EventStream.request(EventStream.uri(realm, "frame")), 400, "invalid-parameter");
  }

  @Test
  void servesTheSdkForCaches(TestRealm realm) {
    HttpResponse<InputStream> sdk = EventStream.request(EventStream.uri(realm, "sdk.js"));
    String tag = sdk.headers().firstValue("ETag").orElseThrow();
    assertThat(sdk.headers().firstValue("Content-Type").orElse("")).startsWith("text/javascript");
    assertThat(EventStream.body(sdk)).contains("export function setupSSOLogoutListener");
    assertThat(
            EventStream.request(EventStream.uri(realm, "sdk.js"), "If-None-Match", tag)
                .statusCode())
        .isEqualTo(304);
    HttpResponse<InputStream> pinned =
        EventStream.request(EventStream.uri(realm, "sdk-" + tag.replace("\"", "") + ".js"));
    assertThat(pinned.headers().firstValue("Cache-Control").orElseThrow()).contains("immutable");
    assertProblem(
        EventStream.request(EventStream.uri(realm, "sdk-0000000000000000.js")), 404, "not-found");
  }

  @Test
  void answersPreflightsOfTheClientsOriginsOnly(TestRealm realm) {
    realm.updateClient("shop", client -> client.setWebOrigins(List.of(ORIGIN)));
    for (String path : List.of("events?client_id=shop", "ticket?client_id=shop")) {
      HttpResponse<String> allowed =
          realm
              .userAgent()
              .call(
                  "OPTIONS",
                  EventStream.uri(realm, path),
                  "Origin",
                  ORIGIN,
                  "Access-Control-Request-Method",
                  "GET",
                  "Access-Control-Request-Headers",
                  "authorization");
      UserAgent.expect(allowed, 204);
      assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin")).hasValue(ORIGIN);
      UserAgent.expect(
          realm
              .userAgent()
              .call("OPTIONS", EventStream.uri(realm, path), "Origin", "https://evil.example"),
          403);
    }
  }

  @Test
  void answersUnknownParametersAndClients(TestRealm realm) {
    assertProblem(
        EventStream.request(EventStream.uri(realm, "events?sid=abc")), 400, "unknown-parameter");
    assertProblem(
        EventStream.request(EventStream.uri(realm, "events?client_id=%0D%0AX-Evil:%201")),
        400,
        "invalid-parameter");
    assertProblem(EventStream.request(EventStream.uri(realm, "events")), 403, "cross-origin");
  }

  /** What ends on another node comes by Redis, and so does what an intruder there would send. */
  @Test
  void hearsFromRedisWhatEndsElsewhereAndTakesItForNoMoreThanItIs(Stack stack, TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    int before = stack.log().length();
    try (EventStream stream = EventStream.open(realm, login.accessToken());
        UnifiedJedis redis = stack.connect()) {
      // Said once the channel is listened to.
      stack.awaitLog(before, "Looked 1 sessions up");
      String channel = realm.names().realm(realm.name());
      SessionEnded message =
          new SessionEnded(
              "x\r\ndata: evil\r\n\r\nevent: evil",
              realm.issuer(),
              // In the second of the sign-in it could be the end of an earlier session of this id.
              Instant.now().plusSeconds(1),
              realm.name(),
              login.sid(),
              login.sub(),
              false,
              Reason.SESSION_LIMIT,
              Initiator.POLICY,
              List.of("shop"),
              null);

      redis.publish(channel, "no message");
      redis.publish(realm.names().realm("other"), SessionEndedCodec.encode(message));
      redis.publish(channel, SessionEndedCodec.encode(message));

      assertThat(stream.awaitEnded().get("reason").asText()).isEqualTo("session_limit");
      await().atMost(MessageLog.PATIENCE).until(stream::ended);
      assertThat(stream.awaitEvents(2)).containsExactly("ready", "ended");
      assertThat(stream.events().get(1).id()).isNull();
    }
    // As where somebody looked while it was deleted: Keycloak has it still, the client has no part.
    login.userAgent().alsoAt("blog");
    new SessionsApi(realm)
        .as(login)
        .queryParam("client_id", "shop")
        .delete("/" + login.sid())
        .then()
        .statusCode(200);
    try (EventStream late = EventStream.open(realm, login.accessToken())) {
      assertThat(late.awaitEnded().get("reason").asText()).isEqualTo("session_limit");
    }
  }

  @Test
  void saysThatTheRealmIsNotListenedTo(Stack stack) {
    try (TestRealm unwatched =
        stack.createRealm(realm -> realm.getEventsListeners().remove(TestRealm.LISTENER))) {
      assertProblem(
          EventStream.request(
              EventStream.uri(unwatched, "events"),
              "Authorization",
              "Bearer " + unwatched.signIn("alice", "shop").accessToken()),
          404,
          "not-found");
    }
  }

  /** A refusal that says what it is, with the headers of every answer. */
  static JsonNode assertProblem(HttpResponse<InputStream> response, int status, String type) {
    String body = EventStream.body(response);
    assertThat(response.statusCode()).as(body).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/problem+json");
    assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    try {
      JsonNode problem = JSON.readTree(body);
      assertThat(problem.get("type").asText()).endsWith(":" + type);
      assertThat(problem.get("status").asInt()).isEqualTo(status);
      return problem;
    } catch (IOException e) {
      throw new AssertionError(body, e);
    }
  }
}
