package dev.ssologout.relyingparty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import dev.ssologout.relyingparty.EndedSessions.WhenUnreachable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** On a real Redis, as the user that the documentation tells to make. */
class EndedSessionsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ROUNDS = 200_000;

  private RedisFixture redis;
  private TestIssuer issuer;
  private RedisClient client;

  @BeforeEach
  void start() throws IOException {
    redis = new RedisFixture();
    issuer = new TestIssuer();
    client = redis.connect("orders");
  }

  @AfterEach
  void stop() {
    client.close();
    issuer.close();
    redis.close();
  }

  private EndedSessions sessions(WhenUnreachable answer) {
    // Long enough that only the channel can be the reason for a change.
    EndedSessions sessions =
        EndedSessions.builder()
            .redis(client)
            .realm(TestIssuer.REALM)
            .whenUnreachable(answer)
            .cacheTime(Duration.ofMinutes(5))
            .start();
    await().atMost(PATIENCE).until(() -> sessions.status().listening());
    return sessions;
  }

  /** What Keycloak does, marker first. */
  private void end(String sid, Instant at) {
    redis
        .operator()
        .set(RedisFixture.NAMES.ended(TestIssuer.REALM, sid), Long.toString(at.getEpochSecond()));
    SessionEnded message = issuer.ended(sid);
    redis
        .operator()
        .publish(
            RedisFixture.NAMES.realm(TestIssuer.REALM),
            SessionEndedCodec.encode(message.forClient(message.sub(), null)));
  }

  @Test
  void knowsAtOnceThatASessionIsOver() {
    try (EndedSessions sessions = sessions(WhenUnreachable.FAIL_OPEN)) {
      Instant issued = Instant.now().minusSeconds(60);
      assertThat(sessions.isOver("s1", issued)).isFalse();
      end("s1", Instant.now());
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> sessions.isOver("s1", issued));
      assertThat(sessions.isOver("s2", issued)).isFalse();
      assertThat(sessions.isOver(null, issued)).isFalse();
      assertThat(sessions.status().refused()).isPositive();
    }
  }

  @Test
  void aTokenIssuedAfterTheEndIsOfAnotherSession() {
    try (EndedSessions sessions = sessions(WhenUnreachable.FAIL_OPEN)) {
      Instant end = Instant.now();
      end("s1", end);
      assertThat(sessions.isOver("s1", end)).isTrue();
      assertThat(sessions.isOver("s1", end.plusSeconds(1))).isFalse();
      assertThat(sessions.isOver("s1", null)).isTrue();
    }
  }

  @Test
  void doesNotBelieveTheChannel() {
    try (EndedSessions sessions = sessions(WhenUnreachable.FAIL_OPEN)) {
      Instant issued = Instant.now().minusSeconds(60);
      assertThat(sessions.isOver("s1", issued)).isFalse();
      redis
          .operator()
          .publish(
              RedisFixture.NAMES.realm(TestIssuer.REALM),
              SessionEndedCodec.encode(issuer.ended("s1")));
      end("s2", Instant.now());
      await().atMost(PATIENCE).until(() -> sessions.isOver("s2", issued));
      assertThat(sessions.isOver("s1", issued)).isFalse();
    }
  }

  @Test
  void answersByChoiceWhileRedisIsAway() {
    try (EndedSessions open = sessions(WhenUnreachable.FAIL_OPEN);
        EndedSessions closed = sessions(WhenUnreachable.FAIL_CLOSED)) {
      Instant issued = Instant.now().minusSeconds(60);
      end("ended", Instant.now());
      assertThat(open.isOver("ended", issued)).isTrue();
      assertThat(open.isOver("alive", issued)).isFalse();
      assertThat(closed.isOver("alive", issued)).isFalse();
      redis.server().kill();
      await().atMost(PATIENCE).until(() -> !open.status().listening());
      await().atMost(PATIENCE).until(() -> !closed.status().listening());

      assertThat(open.isOver("alive", issued)).isFalse();
      assertThat(open.isOver("ended", issued)).as("known before").isTrue();
      assertThat(closed.isOver("alive", issued)).isTrue();
      assertThat(open.status().problem()).isNotBlank();
      assertThat(open.status().unanswered()).isPositive();

      redis.server().start();
      await().atMost(PATIENCE).until(() -> !closed.isOver("alive", issued));
      assertThat(closed.status().problem()).isNull();
    }
  }

  @Test
  void costsNextToNothing() {
    try (EndedSessions sessions = sessions(WhenUnreachable.FAIL_OPEN)) {
      List<String> sids = IntStream.range(0, 1000).mapToObj(i -> "s" + i).toList();
      Instant issued = Instant.now();
      long firsts = System.nanoTime();
      sids.forEach(sid -> sessions.isOver(sid, issued));
      firsts = System.nanoTime() - firsts;
      long asked = commands();
      long start = System.nanoTime();
      for (int i = 0; i < ROUNDS; i++) {
        sessions.isOver(sids.get(i % sids.size()), issued);
      }
      long each = (System.nanoTime() - start) / ROUNDS;
      assertThat(commands() - asked).as("Redis was not asked again").isLessThan(100);
      System.out.printf(
          "Is this session over? %d ns from memory, %d us from Redis%n",
          each, firsts / sids.size() / 1000);
    }
  }

  private long commands() {
    return redis
        .operator()
        .info("stats")
        .lines()
        .filter(line -> line.startsWith("total_commands_processed:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElseThrow();
  }
}
