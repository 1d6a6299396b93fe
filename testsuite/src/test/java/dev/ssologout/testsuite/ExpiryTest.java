package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Sessions that nobody ends. Keycloak's sweep runs every minute here and takes a session three
 * minutes after its time, so one test waits for everything.
 */
@IntegrationTest
class ExpiryTest {
  private static final Duration UNTIL_SWEPT = Duration.ofMinutes(6);

  @Test
  void tellsOfSessionsThatWereIdleTooLong(Stack stack) {
    try (TestRealm realm = stack.createRealm(settings -> settings.setSsoSessionIdleTimeout(10))) {
      Login login = realm.signIn("alice", "shop");
      login.userAgent().alsoAt("blog");

      await("the sweep")
          .atMost(UNTIL_SWEPT)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> !realm.messages().all().isEmpty());

      SessionEnded message = realm.messages().awaitOne();
      assertThat(message.sid()).isEqualTo(login.sid());
      assertThat(message.sub()).isEqualTo(realm.userId("alice"));
      assertThat(message.source()).isEqualTo(realm.issuer());
      assertThat(message.clients()).containsExactly("blog", "shop");
      assertThat(message.reason()).isEqualTo(Reason.EXPIRED);
      assertThat(message.initiator()).isEqualTo(Initiator.POLICY);
      assertThat(message.offline()).isFalse();
    }
  }
}
