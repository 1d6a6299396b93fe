package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A node that is told to stop sends what waits, or says what it leaves. */
class ShutdownTest {

  @Test
  void sendsWhatWaits() {
    RedisServer redis = RedisServer.builder().start();
    try (Stack stack = Stack.start(redis, redis.uri());
        TestRealm realm = stack.createRealm()) {
      List<String> ended = new ArrayList<>();
      redis.stop();
      for (int i = 0; i < 5; i++) {
        Login login = realm.signIn("alice", "shop");
        login.logout();
        ended.add(login.sid());
      }
      stack.awaitLog(0, "Ended sessions do not reach Redis");
      redis.start();

      stack.keycloak().stop();

      assertThat(realm.messages().all())
          .extracting(SessionEnded::sid)
          .containsExactlyElementsOf(ended);
      assertThat(stack.keycloak().log()).doesNotContain("wait in the database in");
    }
  }

  @Test
  void saysWhatItLeaves() {
    RedisServer redis = RedisServer.builder().start();
    try (Stack stack = Stack.start(redis, redis.uri());
        TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      redis.stop();
      login.logout();

      stack.keycloak().stop();

      assertThat(stack.keycloak().log()).contains("Ended sessions wait in the database in 1 rows");
      // For the realm's own connection, at its end.
      redis.start();
    }
  }
}
