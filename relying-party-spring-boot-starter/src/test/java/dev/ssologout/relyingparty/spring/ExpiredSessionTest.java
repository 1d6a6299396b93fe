package dev.ssologout.relyingparty.spring;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sessions that nobody ends; Keycloak's sweep takes them minutes after their time. */
@Tag("faults")
class ExpiredSessionTest {
  private static final Duration UNTIL_SWEPT = Duration.ofMinutes(6);

  @Test
  void endsBothHttpSessionsWhenTheSsoSessionExpires() {
    String realm = Identity.shared().createRealm(", \"ssoSessionIdleTimeout\": 10");
    try (Instance one = new Instance(realm, Instance.Store.MEMORY).start();
        Instance other = new Instance(realm, Instance.Store.MEMORY).start()) {
      Browser user = new Browser();
      user.signIn(one, "alice");
      user.signIn(other, "alice");
      await()
          .atMost(UNTIL_SWEPT)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> !user.isSignedIn(one) && !user.isSignedIn(other));
    }
  }
}
