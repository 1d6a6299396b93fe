package dev.ssologout.testsuite;

import static dev.ssologout.testsuite.LogoutStreamTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.UnifiedJedis;

/** How many streams there may be, how long they live, and what happens to them without Redis. */
class LogoutStreamLimitsTest {
  private static final String PREFIX = "--spi-realm-restapi-extension--logout-broadcaster--";

  private static final int CONNECTS = 10_000;
  private static final int CONNECTS_AT_ONCE = 1_000;
  private static final int MESSAGES = 1_000;
  private static final int LENGTH_OF_SID = 4_000;

  private static Stack stack;

  @BeforeAll
  static void start() {
    stack =
        Stack.start(
            PREFIX + "max-streams-per-session=3",
            PREFIX + "max-streams-per-user=5",
            PREFIX + "max-streams-per-ip=7",
            PREFIX + "max-streams-per-node=9",
            "--proxy-headers=xforwarded",
            PREFIX + "connects-per-minute=200",
            PREFIX + "heartbeat=1",
            PREFIX + "stream-lifetime=20",
            PREFIX + "recheck-interval=1");
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void holdsTheLimitsAndFreesWhatIsClosed() {
    try (TestRealm realm = stack.createRealm()) {
      Login first = realm.signIn("alice", "shop");
      Login second = realm.signIn("alice", "shop");
      Login bob = realm.signIn("bob", "shop");
      Login elsewhere = realm.signIn("bob", "shop");
      List<EventStream> open = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          open.add(EventStream.open(realm, first.accessToken()));
        }
        assertThat(refused(realm, first).get("detail").asText()).contains("session");
        for (int i = 0; i < 2; i++) {
          open.add(EventStream.open(realm, second.accessToken()));
        }
        assertThat(refused(realm, second).get("detail").asText()).contains("user");
        for (int i = 0; i < 2; i++) {
          open.add(EventStream.open(realm, bob.accessToken()));
        }
        assertThat(refused(realm, bob).get("detail").asText()).contains("ip");
        for (int i = 0; i < 2; i++) {
          open.add(EventStream.open(EventStream.uri(realm, "events"), fromElsewhere(elsewhere)));
        }
        assertThat(refused(realm, fromElsewhere(elsewhere)).get("detail").asText())
            .contains("node");

        open.remove(0).close();

        await("the place of the closed one")
            .atMost(MessageLog.PATIENCE)
            .untilAsserted(() -> open.add(EventStream.open(realm, first.accessToken())));
        for (String reason : List.of("session", "user", "ip", "node")) {
          assertThat(count("refused", reason)).isPositive();
        }
      } finally {
        open.forEach(EventStream::close);
      }
    }
  }

  private static String[] fromElsewhere(Login login) {
    return new String[] {
      "Authorization", "Bearer " + login.accessToken(), "X-Forwarded-For", "10.0.0.1"
    };
  }

  private static JsonNode refused(TestRealm realm, Login login) {
    return refused(realm, "Authorization", "Bearer " + login.accessToken());
  }

  private static JsonNode refused(TestRealm realm, String... headers) {
    HttpResponse<InputStream> response =
        EventStream.request(EventStream.uri(realm, "events"), headers);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    return assertProblem(response, 429, "too-many-requests");
  }

  @Test
  void standsTenThousandConnectsFromOneAddress() {
    try (TestRealm realm = stack.createRealm();
        TestRealm neighbour = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      double before = count("refused", "rate");
      URI uri = EventStream.uri(realm, "events");
      List<String> requests =
          Collections.nCopies(
              CONNECTS_AT_ONCE,
              ManyStreams.request(uri, "Authorization", "Bearer " + login.accessToken()));
      long begin = System.nanoTime();
      for (int i = 0; i < CONNECTS; i += CONNECTS_AT_ONCE) {
        try (ManyStreams streams = ManyStreams.open(uri, requests);
            EventStream beside =
                EventStream.open(neighbour, neighbour.signIn("bob", "shop").accessToken())) {
          List<ManyStreams.Connection> refused =
              streams.connections().stream().filter(stream -> stream.status() != 200).toList();
          assertThat(refused)
              .hasSizeGreaterThanOrEqualTo(CONNECTS_AT_ONCE - 3)
              .allSatisfy(
                  stream -> {
                    assertThat(stream.status()).isEqualTo(429);
                    assertThat(stream.text()).containsPattern("\r\n(?i)Retry-After: [1-9]");
                  });
          assertThat(beside.events()).hasSize(1);
        }
      }
      System.out.printf(
          "%d connects from one address took %d ms%n",
          CONNECTS, (System.nanoTime() - begin) / 1_000_000);
      // What is left is a minute's number for each minute that it took.
      assertThat(count("refused", "rate") - before).isGreaterThan(CONNECTS * 0.9);
    }
  }

  @Test
  void showsSignsOfLifeAndEndsOldStreams() {
    try (TestRealm realm = stack.createRealm();
        EventStream stream = EventStream.open(realm, realm.signIn("alice", "shop").accessToken())) {
      await("signs of life").atMost(MessageLog.PATIENCE).until(() -> stream.beats() >= 3);
      await("the end of an old stream")
          .atMost(MessageLog.PATIENCE.multipliedBy(2))
          .until(stream::ended);
      assertThat(stream.awaitEvents(2)).containsExactly("ready", "bye");
      assertThat(stream.events().get(1).retry()).isPositive();
    }
  }

  @Test
  void freesTheStreamOfAReaderThatHasGoneWithoutAWord() throws IOException {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      URI uri = EventStream.uri(realm, "events");
      try (Socket silent = new Socket()) {
        ask(silent, uri, "Authorization", "Bearer " + login.accessToken());
        stack.awaitLog(0, "Stream opened: realm=" + realm.name());
        await("its stream is ended")
            .atMost(MessageLog.PATIENCE.multipliedBy(2))
            .until(() -> closing(realm) != null);
        assertThat(closing(realm)).endsWith("reason=lifetime");
      }
    }
  }

  /** Sends a request for a stream and reads nothing of the answer. */
  private static void ask(Socket silent, URI uri, String... headers) throws IOException {
    silent.setReceiveBufferSize(1024);
    silent.connect(new InetSocketAddress("127.0.0.1", uri.getPort()));
    silent
        .getOutputStream()
        .write(ManyStreams.request(uri, headers).getBytes(StandardCharsets.US_ASCII));
  }

  /** A page of a user very many of whose sessions end while it does not read. */
  @Test
  void dropsAReaderThatDoesNotReadAndNoOther() throws IOException {
    try (TestRealm realm = stack.createRealm();
        UnifiedJedis redis = stack.connect()) {
      Login login = realm.signIn("alice", "shop");
      URI uri = EventStream.uri(realm, "events?scope=user");
      String[] headers = {
        "Cookie", login.userAgent().cookieHeader(), "Sec-Fetch-Site", "same-origin"
      };
      int before = stack.keycloak().log().length();
      try (Socket silent = new Socket();
          EventStream reading = EventStream.open(uri, headers)) {
        ask(silent, uri, headers);
        stack.awaitLog(before, "Looked ", " sessions up");
        await("both")
            .atMost(MessageLog.PATIENCE)
            .until(() -> Metrics.of(stack).value("sso_logout_streams_open") == 2);
        for (int i = 0; i < MESSAGES; i++) {
          redis.publish(realm.names().realm(realm.name()), endOfAnother(realm, login, i));
        }

        await("the silent one is dropped")
            .atMost(MessageLog.PATIENCE)
            .until(() -> closing(realm) != null);
        assertThat(closing(realm)).endsWith("reason=slow");
        reading.awaitEvents(1 + MESSAGES);
        assertThat(reading.ended()).isFalse();
        silent.setSoTimeout((int) MessageLog.PATIENCE.toMillis());
        assertThat(readToEnd(silent)).isLessThan(MESSAGES * LENGTH_OF_SID);
      }
    }
  }

  /** The message that another session of the same user has ended. */
  private static String endOfAnother(TestRealm realm, Login login, int number) {
    return SessionEndedCodec.encode(
        new SessionEnded(
            "id" + number,
            realm.issuer(),
            Instant.now(),
            realm.name(),
            "s".repeat(LENGTH_OF_SID) + number,
            login.sub(),
            false,
            Reason.EXPIRED,
            Initiator.POLICY,
            List.of("shop"),
            null));
  }

  private static long readToEnd(Socket socket) {
    byte[] buffer = new byte[1 << 16];
    long length = 0;
    try {
      for (int read = 0; read >= 0; read = socket.getInputStream().read(buffer)) {
        length += read;
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("still open after " + length + " bytes", e);
    } catch (IOException e) {
      // Cut, and not just ended.
    }
    return length;
  }

  private static String closing(TestRealm realm) {
    return stack
        .keycloak()
        .log()
        .lines()
        .filter(line -> line.contains("Stream closed: realm=" + realm.name()))
        .findFirst()
        .orElse(null);
  }

  private static double count(String what, String reason) {
    return Metrics.of(stack)
        .value("sso_logout_streams_%s_total{reason=\"%s\"}".formatted(what, reason));
  }

  @Test
  void tellsOfExpiryWhenTheTimeIsOver() {
    try (TestRealm realm = stack.createRealm(r -> r.setSsoSessionIdleTimeout(5));
        EventStream stream = EventStream.open(realm, realm.signIn("alice", "shop").accessToken())) {
      assertThat(stream.awaitEnded().get("reason").asText()).isEqualTo("expired");
    }
  }

  @Test
  void tellsWithoutRedis() {
    try (TestRealm realm = stack.createRealm()) {
      Login local = realm.signIn("alice", "shop");
      Login inBulk = realm.signIn("alice", "shop");
      try (EventStream first = EventStream.open(realm, local.accessToken());
          EventStream second = EventStream.open(realm, inBulk.accessToken())) {
        stack.redis().pause();
        try {
          local.logout();
          assertThat(first.awaitEnded().get("reason").asText()).isEqualTo("logout");
          realm.admin().logoutAll();
          assertThat(second.awaitEnded().get("sid").asText()).isEqualTo(inBulk.sid());
        } finally {
          stack.redis().resume();
        }
      }
    }
  }
}
