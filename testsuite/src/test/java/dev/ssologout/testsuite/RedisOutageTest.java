package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.RedisClient;

/** A Redis that is away, hangs or refuses costs no login, no logout and no message. */
class RedisOutageTest {
  private static final String PASSWORD = "s3cret-of-redis";

  private static Stack stack;

  /** Keycloak starts first: a Redis that cannot be reached does not stop it. */
  @BeforeAll
  static void startKeycloakBeforeRedis() {
    RedisServer redis = RedisServer.builder().password(PASSWORD).build();
    stack = Stack.start(redis, redis.uri());
    awaitLog("Ended sessions do not reach Redis at redis://127.0.0.1:" + redis.port());
    redis.start();
    awaitLog("Ended sessions go to Redis at redis://127.0.0.1:" + redis.port());
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      String log = stack.keycloak().log();
      stack.close();
      assertThat(log).doesNotContain(PASSWORD);
    }
  }

  /** What was sent before would go with its data. */
  @Test
  void keepsTheMessagesWhileRedisIsStopped() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      stack.redis().stop();
      try {
        Load load = Load.start(realm);
        load.awaitMore(10);
        stack.redis().start();
        load.awaitMore(10);
        realm.messages().awaitEachOnce(load.end(), "shop");
      } finally {
        if (!stack.redis().isAlive()) {
          stack.redis().start();
        }
      }
    }
  }

  @Test
  void showsThatRedisIsAwayAndStaysInService() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      int before = stack.keycloak().log().length();
      stack.redis().stop();
      try {
        login.logout();
        await("metrics")
            .atMost(MessageLog.PATIENCE)
            .until(
                () -> {
                  Metrics metrics = Metrics.of(stack);
                  return metrics.value("sso_logout_redis_up") == 0
                      && metrics.value("sso_logout_waiting") >= 1
                      && metrics.value("sso_logout_oldest_waiting_seconds") > 0;
                });
        JsonNode health = AdminApi.json(Metrics.management(stack, "/health/ready"), 200);
        assertThat(health.get("checks"))
            .anySatisfy(check -> assertThat(check.at("/data/redis").asText()).isEqualTo("down"));
        JsonNode delivery = AdminApi.of(realm).get("delivery");
        assertThat(delivery.get("waiting").asInt()).isEqualTo(1);
        assertThat(delivery.has("oldestWaitingSince")).isTrue();
        assertThat(delivery.at("/node/redisUp").asBoolean()).isFalse();
        assertThat(delivery.at("/node/cause").asText()).isNotBlank();
        AdminApi.isProblem(
            AdminApi.of(realm)
                .post(
                    "replay",
                    """
                    {"client": "shop", "from": "2020-01-01T00:00:00Z",
                     "to": "2100-01-01T00:00:00Z"}
                    """),
            503,
            "redis-unavailable");
      } finally {
        stack.redis().start();
      }
      assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
      stack.awaitLog(before, "Ended sessions go to Redis", "again, after");
      await("metrics").until(() -> Metrics.of(stack).value("sso_logout_redis_up") == 1);
    }
  }

  /** Each node counts for itself, so that nothing fails for the count and nobody is unlimited. */
  @Test
  void limitsRequestsWhileRedisIsStopped() {
    try (TestRealm realm = stack.createRealm()) {
      SessionsApi api = new SessionsApi(realm);
      Login login = realm.signIn("alice", "shop");
      int log = stack.keycloak().log().length();
      stack.redis().stop();
      try {
        String unknown = "/" + "x".repeat(24);
        api.as(login).delete(unknown).then().statusCode(404);
        await("429")
            .atMost(Duration.ofMinutes(1))
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ZERO)
            .until(() -> api.as(login).delete(unknown).statusCode() == 429);
        stack.awaitLog(log, "is counted on this node alone");
      } finally {
        stack.redis().start();
      }
      await("counted in Redis")
          .atMost(MessageLog.PATIENCE)
          .until(
              () -> {
                api.as(login).delete("/" + "x".repeat(24));
                return stack.keycloak().log().substring(log).contains("is counted in Redis again");
              });
    }
  }

  @Test
  void sendsWhatWaitsOfARealmThatIsRemovedMeanwhile() {
    try (TestRealm realm = stack.createRealm();
        TestRealm other = stack.createRealm()) {
      Login before = realm.signIn("alice", "shop");
      Login during = realm.signIn("bob", "blog");
      stack.redis().stop();
      try {
        before.logout();
        realm.remove();
      } finally {
        stack.redis().start();
      }
      assertThat(realm.messages().settledAfter(other))
          .extracting(SessionEnded::sid)
          .containsExactlyInAnyOrder(before.sid(), during.sid());
    }
  }

  @Test
  void keepsTheMessagesWhileRedisHangs() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.start(realm);
      load.awaitMore(10);
      int log = stack.keycloak().log().length();
      stack.redis().pause();
      try {
        stack.awaitLog(log, "Ended sessions do not reach Redis", "timed out");
        load.awaitMore(10);
      } finally {
        stack.redis().resume();
      }
      assertEachEndToldOnce(realm, load);
    }
  }

  @Test
  void keepsTheMessagesWhileRedisRefusesThePassword() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap);
        RedisClient operator = RedisClient.create(stack.redis().uri())) {
      Load load = Load.start(realm);
      load.awaitMore(10);
      int log = stack.keycloak().log().length();
      operator.configSet("requirepass", "another");
      try {
        operator.sendCommand(() -> "CLIENT".getBytes(), "KILL", "TYPE", "normal", "SKIPME", "yes");
        stack.awaitLog(log, "Ended sessions do not reach Redis", "WRONGPASS");
        load.awaitMore(10);
      } finally {
        operator.configSet("requirepass", PASSWORD);
      }
      assertEachEndToldOnce(realm, load);
    }
  }

  @ParameterizedTest
  @EnumSource(Refusal.class)
  void keepsTheMessagesWhileRedisRefuses(Refusal refusal) {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap);
        RedisClient operator = RedisClient.create(stack.redis().uri())) {
      Load load = Load.start(realm);
      load.awaitMore(10);
      int log = stack.keycloak().log().length();
      refusal.begins.accept(operator);
      try {
        stack.awaitLog(log, "Ended sessions do not reach Redis", refusal.name());
        load.awaitMore(10);
        // Once for the cause, and not once for each message at each try.
        assertThat(stack.keycloak().log().substring(log).lines())
            .noneMatch(line -> line.contains("Redis refuses a message"));
      } finally {
        refusal.ends.accept(operator);
      }
      assertEachEndToldOnce(realm, load);
    }
  }

  /** What Redis says when it takes no writes, and what brings that about. */
  enum Refusal {
    OOM(redis -> redis.configSet("maxmemory", "1"), redis -> redis.configSet("maxmemory", "0")),
    READONLY(
        redis -> command(redis, "REPLICAOF", "127.0.0.1", "1"),
        redis -> command(redis, "REPLICAOF", "NO", "ONE")),
    MISCONF(Refusal::failToSave, Refusal::save),
    NOPERM(
        redis -> command(redis, "ACL", "SETUSER", "default", "-eval", "-evalsha"),
        redis -> command(redis, "ACL", "SETUSER", "default", "+@all"));

    private final Consumer<RedisClient> begins;
    private final Consumer<RedisClient> ends;

    Refusal(Consumer<RedisClient> begins, Consumer<RedisClient> ends) {
      this.begins = begins;
      this.ends = ends;
    }

    /** Where the file should go there is a directory. */
    private static void failToSave(RedisClient redis) {
      try {
        Files.createDirectories(dump(redis).resolve("in the way"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      redis.configSet("save", "3600 1");
      command(redis, "BGSAVE");
      await("a failed save")
          .atMost(MessageLog.PATIENCE)
          .until(() -> redis.info("persistence").contains("rdb_last_bgsave_status:err"));
    }

    private static void save(RedisClient redis) {
      redis.configSet("save", "");
      try {
        Files.delete(dump(redis).resolve("in the way"));
        Files.delete(dump(redis));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Path dump(RedisClient redis) {
      return Path.of(redis.configGet("dir").get("dir"), "dump.rdb");
    }

    private static void command(RedisClient redis, String command, String... arguments) {
      redis.sendCommand(command::getBytes, arguments);
    }
  }

  private static void assertEachEndToldOnce(TestRealm realm, Load load) {
    load.awaitMore(10);
    Set<String> ended = load.end();
    realm.messages().awaitEachOnce(ended, "shop");
    realm.messages().awaitEachPublishedOnce(ended, "shop");
  }

  private static void awaitLog(String... parts) {
    await(String.join(" ... ", parts))
        .atMost(MessageLog.PATIENCE)
        .until(
            () ->
                stack
                    .keycloak()
                    .log()
                    .lines()
                    .anyMatch(line -> java.util.Arrays.stream(parts).allMatch(line::contains)));
  }
}
