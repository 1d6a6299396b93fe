package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.relyingparty.Refusal;
import dev.ssologout.relyingparty.SubscriptionStatus;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.web.socket.client.WebSocketClient;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.sockjs.client.RestTemplateXhrTransport;
import org.springframework.web.socket.sockjs.client.SockJsClient;
import org.springframework.web.socket.sockjs.client.WebSocketTransport;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.resps.StreamEntry;

/** Two instances of an app behind no sticky sessions, on the real Keycloak. */
class EndedSessionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ROUNDS = 10;

  private final Identity identity = Identity.shared();

  private static void untilSignedOut(Browser browser, Instance... apps) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> Stream.of(apps).noneMatch(browser::isSignedIn));
  }

  private static void untilListening(Instance... apps) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Stream.of(apps)
                    .flatMap(app -> statuses(app).stream())
                    .allMatch(SubscriptionStatus::connected));
  }

  private static List<SubscriptionStatus> statuses(Instance app) {
    return List.copyOf(app.bean(LogoutSubscriptions.class).status().values());
  }

  /** A way in which an SSO session ends. */
  private interface Ending {
    void end(Browser browser, String username);
  }

  @ParameterizedTest
  @EnumSource(Instance.Store.class)
  void endsBothHttpSessionsHoweverTheSsoSessionEnds(Instance.Store store) {
    List<String> alice = Collections.nCopies(ROUNDS, "alice");
    List<String> deleted = IntStream.range(0, ROUNDS).mapToObj(i -> "deleted" + i).toList();
    List<String> leaving = IntStream.range(0, ROUNDS).mapToObj(i -> "leaving" + i).toList();
    List<String> users = new ArrayList<>(List.of("alice", "bob"));
    users.addAll(deleted);
    users.addAll(leaving);
    String realm = identity.createRealm("", users);
    try (Instance one = new Instance(realm, store).start();
        Instance other = new Instance(realm, store).start()) {
      untilListening(one, other);
      Browser bystander = signedIn("bob", one, other);

      endsBoth(
          "user", alice, (browser, name) -> browser.logout(identity.issuer(realm)), one, other);
      endsBoth(
          "administrator",
          alice,
          (browser, name) ->
              identity.admin("DELETE", "/" + realm + "/sessions/" + sid(browser, one), null),
          one,
          other);
      endsBoth(
          "account deleted by an administrator",
          deleted,
          (browser, name) ->
              identity.admin(
                  "DELETE", "/" + realm + "/users/" + identity.userId(realm, name), null),
          one,
          other);
      endsBoth(
          "account deleted by the user",
          leaving,
          (browser, name) -> browser.deleteAccount(identity.issuer(realm), name),
          one,
          other);

      assertThat(bystander.isSignedIn(one)).isTrue();
      assertThat(bystander.isSignedIn(other)).isTrue();
    }
  }

  private static void endsBoth(
      String how, List<String> users, Ending ending, Instance one, Instance other) {
    Delays delays = new Delays();
    for (String username : users) {
      Browser browser = signedIn(username, one, other);
      ending.end(browser, username);
      long answered = System.nanoTime();
      untilSignedOut(browser, one, other);
      delays.add(Duration.ofNanos(System.nanoTime() - answered));
    }
    delays.print(
        "HTTP sessions in %s, ended by %s, from the answer to both gone"
            .formatted(one.store(), how));
  }

  private static Browser signedIn(String username, Instance... apps) {
    Browser browser = new Browser();
    for (Instance app : apps) {
      browser.signIn(app, username);
    }
    return browser;
  }

  private static String sid(Browser browser, Instance app) {
    return JsonParser.parseString(browser.get(app.uri("/me")).body())
        .getAsJsonObject()
        .get("sid")
        .getAsString();
  }

  @Test
  void anInstanceThatWasStoppedCatchesUpWhenItReturns(@TempDir Path sessions) {
    String realm = identity.createRealm("");
    // Tomcat keeps its sessions on disk over a restart.
    try (Instance one =
            new Instance(
                    realm,
                    Instance.Store.MEMORY,
                    "server.servlet.session.persistent",
                    "true",
                    "server.servlet.session.store-dir",
                    sessions.toString())
                .start();
        Instance other = new Instance(realm, Instance.Store.MEMORY).start()) {
      untilListening(one, other);
      Browser user = signedIn("alice", one, other);
      Browser bystander = signedIn("bob", one, other);
      one.stop();

      user.logout(identity.issuer(realm));
      untilSignedOut(user, other);

      one.start();
      assertThat(bystander.isSignedIn(one)).as("the sessions were kept").isTrue();
      untilSignedOut(user, one);
      assertThat(bystander.isSignedIn(one)).isTrue();
    }
  }

  @Test
  void storedSessionsThatEndedWhileNoInstanceRanAreDeadWhenOneReturns() {
    String realm = identity.createRealm("");
    try (Instance one = new Instance(realm, Instance.Store.REDIS, "sso-logout.look-back", "1s")) {
      one.start();
      untilListening(one);
      Browser user = signedIn("alice", one);
      Browser bystander = signedIn("bob", one);
      one.stop();
      user.logout(identity.issuer(realm));
      one.start();
      untilSignedOut(user, one);
      assertThat(bystander.isSignedIn(one)).isTrue();
    }
  }

  @Test
  void closesStreamsAndWebSocketsOfTheSession() throws Exception {
    String realm = identity.createRealm("");
    try (Instance one = new Instance(realm, Instance.Store.REDIS).start();
        Instance other = new Instance(realm, Instance.Store.REDIS).start()) {
      untilListening(one, other);
      Browser user = signedIn("alice", one);
      Browser bystander = signedIn("bob", other);
      CompletableFuture<HttpResponse<String>> stream = stream(user, other);
      CompletableFuture<Integer> socket = socket(user, other);
      WebSocketClient sockets = new StandardWebSocketClient();
      Stomp stomp = Stomp.connect(sockets, user, other, "/stomp");
      Stomp sockJs =
          Stomp.connect(
              new SockJsClient(List.of(new WebSocketTransport(sockets))), user, other, "/sockjs");
      Stomp fallback =
          Stomp.connect(
              new SockJsClient(List.of(new RestTemplateXhrTransport())), user, other, "/sockjs");
      Stomp bystandersStomp = Stomp.connect(sockets, bystander, other, "/stomp");
      CompletableFuture<HttpResponse<String>> bystandersStream = stream(bystander, other);
      CompletableFuture<Integer> bystandersSocket = socket(bystander, other);
      assertThat(stream).isNotDone();
      assertThat(socket).isNotDone();

      user.logout(identity.issuer(realm));

      assertThat(stream.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).body()).contains("open");
      assertThat(socket.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(1008);
      assertThat(stomp.closed()).isEqualTo(1008);
      assertThat(sockJs.closed()).isEqualTo(1008);
      fallback.closed();
      assertThat(bystandersStomp.isOpen()).isTrue();
      assertThat(bystandersStream).isNotDone();
      assertThat(bystandersSocket).isNotDone();
      // Else the app would wait for the stream when it stops.
      bystander.logout(identity.issuer(realm));
      bystandersStream.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static CompletableFuture<HttpResponse<String>> stream(Browser browser, Instance app) {
    return browser
        .http()
        .sendAsync(
            HttpRequest.newBuilder(app.uri("/stream")).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  /** The status with which the WebSocket is closed. */
  private static CompletableFuture<Integer> socket(Browser browser, Instance app) {
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    WebSocket.Listener listener =
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
            closed.complete(status);
            return null;
          }

          @Override
          public void onError(WebSocket webSocket, Throwable error) {
            closed.completeExceptionally(error);
          }
        };
    browser
        .http()
        .newWebSocketBuilder()
        .buildAsync(URI.create(app.uri("/socket").toString().replace("http", "ws")), listener)
        .join();
    return closed;
  }

  @Test
  void signsNobodyOutByAMessageThatSomeoneElsePutIntoRedis() {
    String realm = identity.createRealm("");
    try (Instance app = new Instance(realm, Instance.Store.MEMORY).start();
        RedisClient operator = RedisClient.create(identity.redis().uri())) {
      untilListening(app);
      Browser user = signedIn("alice", app);
      String sid = sid(user, app);
      Browser ended = signedIn("bob", app);
      ended.logout(identity.issuer(realm));
      untilSignedOut(ended, app);
      String stream = new LogoutNames(LogoutNames.DEFAULT_PREFIX).client(realm, "shop");
      StreamEntry genuine = operator.xrange(stream, "-", "+").get(0);
      String message = genuine.getFields().get("message");
      String endedSid =
          JsonParser.parseString(message).getAsJsonObject().get("subject").getAsString();

      // Replayed as it was; then made to tell of alice's session: the token does not say so.
      put(operator, stream, message);
      put(operator, stream, message.replace(endedSid, sid));
      JsonObject forged = JsonParser.parseString(message.replace(endedSid, sid)).getAsJsonObject();
      JsonObject data = forged.getAsJsonObject("data");
      String token = data.get("logout_token").getAsString();
      data.addProperty("logout_token", withSid(token, sid));
      put(operator, stream, forged.toString());
      data.remove("logout_token");
      put(operator, stream, forged.toString());
      // An access token and an ID token of the realm are no logout tokens.
      JsonObject tokens = identity.passwordGrant(realm, "bob");
      data.addProperty("logout_token", tokens.get("id_token").getAsString());
      put(operator, stream, forged.toString());
      put(operator, stream, "{}");

      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                SubscriptionStatus status = statuses(app).get(0);
                assertThat(status.repeated()).isEqualTo(1);
                assertThat(status.refused())
                    .isEqualTo(
                        Map.of(
                            Refusal.MISMATCH, 1L,
                            Refusal.SIGNATURE, 2L,
                            Refusal.NO_TOKEN, 1L,
                            Refusal.MALFORMED, 1L));
              });
      assertThat(user.isSignedIn(app)).isTrue();
      assertThat(
              user.get(app.uri("/actuator/metrics/sso.logout.refused?tag=reason:signature")).body())
          .contains("\"value\":2.0");
    }
  }

  private static void put(RedisClient operator, String stream, String message) {
    operator.xadd(stream, StreamEntryID.NEW_ENTRY, Map.of("message", message));
    operator.publish(stream, message);
  }

  private static String withSid(String token, String sid) {
    String[] parts = token.split("\\.");
    JsonObject claims =
        JsonParser.parseString(new String(Base64.getUrlDecoder().decode(parts[1])))
            .getAsJsonObject();
    claims.addProperty("sid", sid);
    parts[1] = Base64.getUrlEncoder().withoutPadding().encodeToString(claims.toString().getBytes());
    return String.join(".", parts);
  }

  @Test
  void refusesTheAccessTokenOfAnEndedSession() throws Exception {
    String realm = identity.createRealm("");
    try (Instance api =
        new Instance(
                realm,
                Instance.Store.MEMORY,
                "spring.security.oauth2.resourceserver.jwt.issuer-uri",
                identity.issuer(realm),
                "sso-logout.redis.username",
                "orders")
            .start()) {
      JsonObject tokens = identity.passwordGrant(realm, "alice");
      JsonObject others = identity.passwordGrant(realm, "alice");
      String token = tokens.get("access_token").getAsString();
      assertThat(order(api, token).statusCode()).isEqualTo(200);
      assertThat(order(api, others.get("access_token").getAsString()).statusCode()).isEqualTo(200);

      identity.logout(realm, tokens.get("refresh_token").getAsString());

      await().atMost(PATIENCE).until(() -> order(api, token).statusCode() == 401);
      assertThat(order(api, token).headers().firstValue("WWW-Authenticate").orElseThrow())
          .contains("invalid_token")
          .contains("The session has ended");
      assertThat(order(api, others.get("access_token").getAsString()).statusCode()).isEqualTo(200);
    }
  }

  private static HttpResponse<String> order(Instance api, String token) throws Exception {
    return new Browser()
        .http()
        .send(
            HttpRequest.newBuilder(api.uri("/api/orders"))
                .header("Authorization", "Bearer " + token)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
