package dev.ssologout.testsuite;

import static dev.ssologout.testsuite.LogoutStreamTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How many streams there may be, how long they live, and what happens to them without Redis. */
class LogoutStreamLimitsTest {
  private static final String PREFIX = "--spi-realm-restapi-extension--logout-broadcaster--";

  private static Stack stack;

  @BeforeAll
  static void start() {
    stack =
        Stack.start(
            PREFIX + "max-streams-per-session=3",
            PREFIX + "max-streams-per-user=5",
            PREFIX + "max-streams-per-ip=7",
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

        open.remove(0).close();

        await("the place of the closed one")
            .atMost(MessageLog.PATIENCE)
            .untilAsserted(() -> open.add(EventStream.open(realm, first.accessToken())));
        for (String reason : List.of("session", "user", "ip")) {
          assertThat(count("refused", reason)).isPositive();
        }
      } finally {
        open.forEach(EventStream::close);
      }
    }
  }

  private static com.fasterxml.jackson.databind.JsonNode refused(TestRealm realm, Login login) {
    HttpResponse<InputStream> response =
        EventStream.request(
            EventStream.uri(realm, "events"), "Authorization", "Bearer " + login.accessToken());
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    return assertProblem(response, 429, "too-many-requests");
  }

  @Test
  void refusesWhoeverConnectsTooOften() {
    try (TestRealm realm = stack.createRealm()) {
      Map<Integer, Integer> statuses = new TreeMap<>();
      HttpResponse<InputStream> last = null;
      for (int i = 0; i < 10_000 && (last == null || last.statusCode() != 429); i++) {
        last =
            EventStream.request(EventStream.uri(realm, "events"), "Authorization", "Bearer a.b.c");
        statuses.merge(last.statusCode(), 1, Integer::sum);
        if (last.statusCode() != 429) {
          EventStream.body(last);
        }
      }
      assertThat(statuses.get(401)).isBetween(200, 1000);
      assertThat(Integer.parseInt(last.headers().firstValue("Retry-After").orElseThrow()))
          .isBetween(1, 60);
      assertProblem(last, 429, "too-many-requests");
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
        silent.setReceiveBufferSize(1024);
        silent.connect(new InetSocketAddress("127.0.0.1", uri.getPort()));
        silent
            .getOutputStream()
            .write(
                "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nAuthorization: Bearer %s\r\n\r\n"
                    .formatted(uri.getPath(), uri.getPort(), login.accessToken())
                    .getBytes(StandardCharsets.US_ASCII));
        stack.awaitLog(0, "Stream opened: realm=" + realm.name());
        await("its stream is ended")
            .atMost(MessageLog.PATIENCE.multipliedBy(2))
            .until(() -> closing(realm) != null);
        assertThat(closing(realm)).endsWith("reason=lifetime");
      }
    }
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
