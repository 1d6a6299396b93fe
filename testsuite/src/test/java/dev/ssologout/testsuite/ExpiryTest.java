package dev.ssologout.testsuite;

import static org.awaitility.Awaitility.await;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.RealmRepresentation;

/**
 * Sessions that nobody ends. Keycloak's sweep runs every minute here and takes a session three
 * minutes after its time, so one test waits for everything.
 */
@IntegrationTest
class ExpiryTest {
  static final Duration UNTIL_SWEPT = Duration.ofMinutes(6);
  private static final int SHORT = 10;

  private final List<TestRealm> realms = new ArrayList<>();

  @AfterEach
  void removeRealms() {
    realms.forEach(TestRealm::close);
  }

  @Test
  void tellsOfSessionsThatTheSweepTakes(Stack stack) {
    Ending idle =
        ending(stack, "online session idle too long", r -> r.setSsoSessionIdleTimeout(SHORT));
    Login idleLogin = idle.realm().signIn("alice", "shop");
    idleLogin.userAgent().alsoAt("blog");

    Ending old =
        ending(stack, "online session at its maximum age", r -> r.setSsoSessionMaxLifespan(SHORT));
    Login oldLogin = old.realm().signIn("alice", "shop");

    Ending offlineIdle =
        ending(stack, "offline session idle too long", r -> r.setOfflineSessionIdleTimeout(SHORT));
    Login offlineIdleLogin =
        offlineIdle.realm().userAgent().passwordGrant("alice", "shop", UserAgent.OFFLINE_SCOPE);

    Ending offlineOld =
        ending(
            stack,
            "offline session at its maximum age",
            r -> {
              r.setOfflineSessionMaxLifespanEnabled(true);
              r.setOfflineSessionMaxLifespan(SHORT);
            });
    Login offlineOldLogin =
        offlineOld.realm().userAgent().passwordGrant("alice", "shop", UserAgent.OFFLINE_SCOPE);

    Ending rememberMe =
        ending(stack, "remember-me switched off, nobody returns", r -> r.setRememberMe(true));
    Login remembered =
        rememberMe.realm().userAgent().signIn("alice", "shop", Map.of("rememberMe", "on"));
    Login notRemembered = rememberMe.realm().signIn("alice", "shop");
    rememberMe.realm().update(settings -> settings.setRememberMe(false));

    Ending both =
        ending(
            stack,
            "online and offline session of one sid idle too long",
            r -> {
              r.setSsoSessionIdleTimeout(SHORT);
              r.setOfflineSessionIdleTimeout(SHORT);
            });
    Login bothLogin = both.realm().signIn("alice", "shop");
    bothLogin.userAgent().alsoOfflineAt("blog");

    Ending onlineOfTwo =
        ending(
            stack,
            "online session idle too long, the offline session of the sid lives on",
            r -> r.setSsoSessionIdleTimeout(SHORT));
    Login onlineOfTwoLogin = onlineOfTwo.realm().signIn("alice", "shop");
    Login survivingOffline = onlineOfTwoLogin.userAgent().alsoOfflineAt("blog");

    Ending offlineOfTwo =
        ending(
            stack,
            "offline session idle too long, the online session of the sid lives on",
            r -> r.setOfflineSessionIdleTimeout(SHORT));
    Login survivingOnline = offlineOfTwo.realm().signIn("alice", "shop");
    survivingOnline.userAgent().alsoOfflineAt("blog");

    await("the sweep")
        .atMost(UNTIL_SWEPT)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> realms.stream().noneMatch(realm -> realm.messages().all().isEmpty()));

    idle.tells(Reason.EXPIRED, Initiator.POLICY, idleLogin.online("blog", "shop"));
    old.tells(Reason.EXPIRED, Initiator.POLICY, oldLogin.online("shop"));
    offlineIdle.tells(Reason.EXPIRED, Initiator.POLICY, offlineIdleLogin.offline("shop"));
    offlineOld.tells(Reason.EXPIRED, Initiator.POLICY, offlineOldLogin.offline("shop"));
    rememberMe.tells(Reason.REMEMBER_ME_OFF, Initiator.POLICY, remembered.online("shop"));
    UserAgent.expect(notRemembered.refresh(), 200);
    both.tells(
        Reason.EXPIRED,
        Initiator.POLICY,
        bothLogin.online("blog", "shop"),
        bothLogin.offline("blog"));
    onlineOfTwo.tells(Reason.EXPIRED, Initiator.POLICY, onlineOfTwoLogin.online("blog", "shop"));
    UserAgent.expect(survivingOffline.refresh(), 200);
    offlineOfTwo.tells(Reason.EXPIRED, Initiator.POLICY, survivingOnline.offline("blog"));
    UserAgent.expect(survivingOnline.refresh(), 200);
  }

  private Ending ending(Stack stack, String path, Consumer<RealmRepresentation> settings) {
    TestRealm realm = stack.createRealm(settings);
    realms.add(realm);
    return Ending.by(path, realm);
  }
}
