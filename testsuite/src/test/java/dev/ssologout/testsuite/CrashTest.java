package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Keycloak, its relay or its database ends in the middle of the work: a session that has ended is
 * told of once, and one that goes on is not.
 */
@Tag("faults")
@Timeout(1800)
class CrashTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int KILLS = 20;

  private static PostgresServer postgres;
  private static Database database;
  private static TcpProxy toPostgres;
  private static TcpProxy toRedis;
  private static Stack stack;

  @BeforeAll
  static void start() {
    RedisServer redis = RedisServer.builder().start();
    postgres = new PostgresServer().start();
    database = new Database(postgres);
    toPostgres = TcpProxy.to(postgres.port());
    toRedis = TcpProxy.to(redis.port());
    stack =
        Stack.startOnPostgres(
            redis,
            URI.create("redis://127.0.0.1:" + toRedis.port()),
            postgres.jdbcUrl().replace(":" + postgres.port(), ":" + toPostgres.port()),
            () -> {
              toRedis.close();
              toPostgres.close();
              redis.close();
              postgres.close();
            });
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void losesNothingWhenKeycloakIsKilledAtAnyTime() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.startThroughFailures(realm);
      for (int i = 0; i < KILLS; i++) {
        load.awaitMore(ThreadLocalRandom.current().nextInt(1, 100));
        stack.keycloak().kill();
        stack.keycloak().start();
      }
      assertEachEndToldOnce(realm, load);
    }
  }

  @Test
  void tellsOnceWhenKeycloakIsKilledBeforeItKnowsThatRedisHasTakenIt() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.startThroughFailures(realm);
      for (int i = 0; i < 3; i++) {
        load.awaitMore(20);
        toRedis.atAnswerTo("EVAL", stack.keycloak()::kill);
        await("the kill").atMost(PATIENCE).until(() -> !stack.keycloak().isAlive());
        assertSentAndWaiting(realm);
        stack.keycloak().start();
      }
      assertEachEndToldOnce(realm, load);
    }
  }

  @Test
  void tellsOnceWhenTheDatabaseIsLostBeforeTheCommit() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.startThroughFailures(realm);
      for (int i = 0; i < 3; i++) {
        load.awaitMore(20);
        toRedis.atAnswerTo("EVAL", toPostgres::cut);
        await("the cut").atMost(PATIENCE).until(toRedis::hasAnswered);
        assertSentAndWaiting(realm);
        toPostgres.restore();
      }
      load.awaitMore(20);
      assertEachEndToldOnce(realm, load);
    }
  }

  @Test
  void losesNothingWhenTheDatabaseIsAwayForAWhile() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.startThroughFailures(realm);
      load.awaitMore(50);
      int log = stack.keycloak().log().length();
      postgres.stop();
      stack.awaitLog(log, "WARN", "dev.ssologout", "Keycloak's database");
      postgres.start();
      load.awaitMore(50);
      assertEachEndToldOnce(realm, load);
      assertThat(stack.keycloak().log().substring(log)).doesNotContain("do not reach Redis");
    }
  }

  /** Redis has a message, and the database does not know it. */
  private static void assertSentAndWaiting(TestRealm realm) {
    assertThat(realm.messages().all())
        .extracting(SessionEnded::id)
        .containsAnyElementsOf(database.waiting());
  }

  private static void assertEachEndToldOnce(TestRealm realm, Load load) {
    Set<String> ended = load.end(database);
    realm.messages().awaitEachOnce(ended, "shop");
    realm.messages().awaitEachPublishedOnce(ended, "shop");
  }
}
