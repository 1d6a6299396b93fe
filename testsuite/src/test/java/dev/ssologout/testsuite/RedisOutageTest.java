package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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

  @Test
  void keepsTheMessagesWhileRedisIsStopped() {
    try (TestRealm realm = stack.createRealm()) {
      Login first = realm.signIn("alice", "shop");
      stack.redis().stop();
      try {
        first.logout();
        Login second = realm.signIn("alice", "shop");
        second.logout();

        stack.redis().start();
        assertThat(realm.messages().awaitExactly(2))
            .extracting(SessionEnded::sid)
            .containsExactly(first.sid(), second.sid());
      } finally {
        if (!stack.redis().isAlive()) {
          stack.redis().start();
        }
      }
    }
  }

  @Test
  void keepsTheMessagesWhileRedisHangs() {
    try (TestRealm realm = stack.createRealm()) {
      Login first = realm.signIn("alice", "shop");
      stack.redis().pause();
      try {
        first.logout();
        Login second = realm.signIn("alice", "shop");
        second.logout();
        awaitLog("Ended sessions do not reach Redis", "timed out");
      } finally {
        stack.redis().resume();
      }
      assertThat(realm.messages().awaitExactly(2))
          .extracting(SessionEnded::sid)
          .contains(first.sid());
    }
  }

  @Test
  void keepsTheMessagesWhileRedisRefusesThePassword() {
    try (TestRealm realm = stack.createRealm();
        RedisClient operator = RedisClient.create(stack.redis().uri())) {
      Login login = realm.signIn("alice", "shop");
      operator.configSet("requirepass", "another");
      operator.sendCommand(() -> "CLIENT".getBytes(), "KILL", "TYPE", "normal", "SKIPME", "yes");
      try {
        login.logout();
        awaitLog("Ended sessions do not reach Redis", "WRONGPASS");
        assertThat(realm.signIn("alice", "shop").sid()).isNotEqualTo(login.sid());
      } finally {
        operator.configSet("requirepass", PASSWORD);
      }
      assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
    }
  }

  @Test
  void keepsTheMessagesWhileRedisRefusesToWrite() {
    try (TestRealm realm = stack.createRealm();
        RedisClient operator = RedisClient.create(stack.redis().uri())) {
      Login login = realm.signIn("alice", "shop");
      operator.configSet("maxmemory", "1");
      try {
        login.logout();
        awaitLog("Ended sessions do not reach Redis", "OOM");
        // Once for the cause, and not once for each message at each try.
        assertThat(stack.keycloak().log().lines())
            .noneMatch(line -> line.contains("Redis refuses a message"));
      } finally {
        operator.configSet("maxmemory", "0");
      }
      assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
    }
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
