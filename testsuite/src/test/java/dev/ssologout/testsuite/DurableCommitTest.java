package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keycloak.admin.client.resource.ClientsResource;

/**
 * Keycloak has PostgreSQL not wait for the disk where a transaction changes nothing but what may be
 * lost, such as the row of an admin event. What is told must not be lost.
 */
@Tag("faults")
class DurableCommitTest {
  @Test
  void isWhatAMessageWaitsFor() {
    try (RedisServer redis = RedisServer.builder().start();
        PostgresServer postgres = new PostgresServer().start();
        Stack stack = Stack.startOnPostgres(redis, redis.uri(), postgres.jdbcUrl(), () -> {});
        TestRealm realm = stack.createRealm(settings -> settings.setAdminEventsEnabled(true))) {
      Login login = realm.signIn("alice", "shop");
      // Its part in the session would have to be deleted durably.
      ClientsResource clients = realm.admin().clients();
      clients.get(clients.findByClientId("shop").get(0).getId()).remove();

      String statements =
          new Database(postgres)
              .statementsOf(
                  () -> {
                    realm.admin().deleteSession(login.sid(), false);
                    assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
                  });

      int written = statements.indexOf("OUTBOX_ENTRY");
      assertThat(statements.substring(0, statements.indexOf("COMMIT", written)))
          .contains("ADMIN_EVENT_ENTITY")
          .doesNotContain("SET LOCAL synchronous_commit TO OFF");
    }
  }
}
