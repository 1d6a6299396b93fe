package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows of the outbox that the product itself does not bring about within a test's time. */
@Tag("faults")
class OutboxRowTest {
  private static Database database;
  private static Stack stack;

  @BeforeAll
  static void start() {
    RedisServer redis = RedisServer.builder().start();
    PostgresServer postgres = new PostgresServer().start();
    database = new Database(postgres);
    stack =
        Stack.startOnPostgres(
            redis,
            redis.uri(),
            postgres.jdbcUrl(),
            () -> {
              redis.close();
              postgres.close();
            },
            "--spi-events-listener--redis-logout--scan-interval=200");
    stack.expectErrors("holds no message and is set aside");
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void isSetAsideAndReportedOnceIfNobodyCanReadIt() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      stack.redis().stop();
      login.logout();
      insert(realm, "unreadable", "PENDING", 0);
      stack.redis().start();

      assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
      await("dead letter")
          .atMost(MessageLog.PATIENCE)
          .until(() -> AdminApi.of(realm).get("delivery").get("deadLetters").asInt() == 1);
      JsonNode letter = AdminApi.of(realm).get("dead-letters/unreadable");
      assertThat(letter.has("sid")).isFalse();
      assertThat(letter.get("error").asText()).isNotBlank();
      assertThat(stack.keycloak().log().lines())
          .filteredOn(line -> line.contains("Outbox row unreadable "))
          .hasSize(1);
    }
  }

  @Test
  void isSetAsideWhileRedisTakesNothingAndReportedOnce() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      int before = stack.keycloak().log().length();
      try (var redis = stack.connect()) {
        redis.sendCommand(() -> "CONFIG".getBytes(), "SET", "maxmemory", "1");
        try {
          login.logout();
          insert(realm, "beside-an-outage", "PENDING", 0);
          stack.awaitLog(before, "Outbox row beside-an-outage ");
          stack.awaitLog(before, "Ended sessions do not reach Redis", "OOM");
        } finally {
          redis.sendCommand(() -> "CONFIG".getBytes(), "SET", "maxmemory", "0");
        }
      }
      assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
      assertThat(stack.keycloak().log().lines())
          .filteredOn(line -> line.contains("Outbox row beside-an-outage "))
          .hasSize(1);
    }
  }

  @Test
  void isRemovedIfItWasSetAsideTooLongAgo() {
    try (TestRealm realm = stack.createRealm()) {
      insert(realm, "old", "DEAD_LETTER", 31);
      insert(realm, "young", "DEAD_LETTER", 29);

      // It looks once an hour, and when it starts.
      stack.keycloak().stop();
      int before = stack.keycloak().log().length();
      stack.keycloak().start();

      stack.awaitLog(before, "1 dead letters captured before", "are removed");
      AdminApi.isProblem(AdminApi.of(realm).call("GET", "dead-letters/old"), 404, "not-found");
      assertThat(AdminApi.of(realm).get("dead-letters/young").get("id").asText())
          .isEqualTo("young");
    }
  }

  private static void insert(TestRealm realm, String id, String status, int daysOld) {
    database.update(
        """
        insert into outbox_entry (id, entry_kind, realm_id, owner_id, correlation_id, entry_type,
          payload, status, attempts, next_attempt_at, created_at)
        select gen_random_uuid(), 'sso-logout', id, id, ?, 'of somebody else', 'x', ?, 0,
          now() - ? * interval '1 day', now() - ? * interval '1 day'
        from realm where name = ?
        """,
        id,
        status,
        daysOld,
        daysOld,
        realm.name());
  }
}
