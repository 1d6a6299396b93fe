package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sessions that end without an event that names them: told of nevertheless, once. */
@IntegrationTest
class SilentEndTest {

  @Test
  void byRestartingTheLoginDuringReAuthentication(TestRealm realm) {
    Ending ending = Ending.by("login restarted during re-authentication", realm);
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    UserAgent browser = login.userAgent();
    HttpResponse<String> page = browser.authorize("shop", Map.of("prompt", "login"));
    UserAgent.expect(page, 200);
    UserAgent.expect(browser.follow(browser.restartLogin(page)), 200);

    ending.tells(Reason.REPLACED, Initiator.USER, login.online("blog", "shop"));
  }

  @Test
  void byALoginOverAnotherUsersCookie(TestRealm realm) {
    Ending ending = Ending.by("another user signs in over the session's cookie", realm);
    UserAgent browser = realm.userAgent();
    HttpResponse<String> page = browser.authorize("shop", Map.of());
    Login alice = realm.signIn("alice", "shop");
    alice.userAgent().alsoAt("blog");

    browser.takeIdentityOf(alice.userAgent());
    Login bob = browser.tokens("shop", browser.submitPassword(page, "bob", Map.of()));

    UserAgent.expect(bob.refresh(), 200);
    ending.tells(Reason.REPLACED, Initiator.USER, alice.online("blog", "shop"));
  }

  @Test
  void byReturningAfterRememberMeWasSwitchedOff(TestRealm realm) {
    Ending ending = Ending.by("remember-me switched off, user returns", realm);
    realm.update(settings -> settings.setRememberMe(true));
    Login login = realm.userAgent().signIn("alice", "shop", Map.of("rememberMe", "on"));
    realm.update(settings -> settings.setRememberMe(false));

    UserAgent.expect(login.userAgent().authorize("blog", Map.of()), 200);

    ending.tells(Reason.REMEMBER_ME_OFF, Initiator.POLICY, login.online("shop"));
  }

  @Test
  void byRefreshingAfterRememberMeWasSwitchedOff(TestRealm realm) {
    Ending ending = Ending.by("remember-me switched off, refresh token used", realm);
    realm.update(settings -> settings.setRememberMe(true));
    Login login = realm.userAgent().signIn("alice", "shop", Map.of("rememberMe", "on"));
    realm.update(settings -> settings.setRememberMe(false));

    UserAgent.expect(login.refresh(), 400);

    ending.tells(Reason.REMEMBER_ME_OFF, Initiator.POLICY, login.online("shop"));
  }

  @Test
  void byRefreshingATimedOutOfflineSession(TestRealm realm) {
    Ending ending = Ending.by("timed-out offline session refreshed", realm);
    Login login = realm.userAgent().passwordGrant("alice", "shop", UserAgent.OFFLINE_SCOPE);
    realm.update(
        settings -> {
          settings.setOfflineSessionMaxLifespanEnabled(true);
          settings.setOfflineSessionMaxLifespan(1);
        });
    letPass(Duration.ofSeconds(2));

    UserAgent.expect(login.refresh(), 400);

    ending.tells(Reason.EXPIRED, Initiator.POLICY, login.offline("shop"));
  }

  @Test
  void byRefreshingAnOfflineSessionWhoseLastClientHasTimedOut(TestRealm realm) {
    Ending ending = Ending.by("offline session refreshed, its last client's part timed out", realm);
    realm.update(settings -> settings.setOfflineSessionMaxLifespanEnabled(true));
    Login login = realm.userAgent().passwordGrant("alice", "shop", UserAgent.OFFLINE_SCOPE);
    realm.updateClient(
        "shop", client -> client.getAttributes().put("client.offline.session.max.lifespan", "1"));
    letPass(Duration.ofSeconds(2));

    UserAgent.expect(login.refresh(), 400);

    ending.tells(Reason.EXPIRED, Initiator.POLICY, login.offline("shop"));
  }

  @Test
  void byUsingTheOfflineTokenOfTheLastClientTwice(TestRealm realm) {
    realm.update(
        settings -> {
          settings.setRevokeRefreshToken(true);
          settings.setRefreshTokenMaxReuse(0);
        });
    Ending ending = Ending.by("offline token of the last client used twice", realm);
    Login login = realm.userAgent().passwordGrant("alice", "shop", UserAgent.OFFLINE_SCOPE);

    UserAgent.expect(login.refresh(), 200);
    UserAgent.expect(login.refresh(), 400);

    ending.tells(Reason.TOKEN_REVOKED, Initiator.POLICY, login.offline("shop"));
  }

  @Test
  void byRefreshingATimedOutSession(TestRealm realm) {
    Ending ending = Ending.by("timed-out session refreshed", realm);
    Login login = realm.signIn("alice", "shop");
    realm.update(settings -> settings.setSsoSessionMaxLifespan(1));
    letPass(Duration.ofSeconds(2));

    UserAgent.expect(login.refresh(), 400);

    realm.update(settings -> settings.setSsoSessionMaxLifespan(600));
    ending.tells(Reason.EXPIRED, Initiator.POLICY, login.online("shop"));
  }

  @Test
  void byReturningToATimedOutSession(TestRealm realm) {
    Ending ending = Ending.by("user returns to a timed-out session", realm);
    Login login = realm.signIn("alice", "shop");
    realm.update(settings -> settings.setSsoSessionMaxLifespan(1));
    letPass(Duration.ofSeconds(2));

    UserAgent.expect(login.userAgent().authorize("blog", Map.of()), 200);

    realm.update(settings -> settings.setSsoSessionMaxLifespan(600));
    ending.tells(Reason.EXPIRED, Initiator.POLICY, login.online("shop"));
  }

  @Test
  void byAWorkflowThatRemovesTheUser(Stack stack, TestRealm realm) {
    Ending ending = Ending.by("user removed by a workflow", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    String token = stack.admin().tokenManager().getAccessTokenString();
    UserAgent admin = realm.userAgent();
    HttpResponse<String> created =
        admin.postJson(
            realm.adminUri("/workflows"),
            """
            {"name": "leavers", "steps": [{"uses": "delete-user"}]}""",
            token);
    UserAgent.expect(created, 201);
    UserAgent.expect(
        admin.postJson(
            URI.create(UserAgent.location(created) + "/activate/USERS/" + online.sub()), "", token),
        204);

    ending.tells(
        Reason.USER_REMOVED,
        Initiator.POLICY,
        online.online("blog", "shop"),
        offline.offline("blog"));
  }

  /** The online session goes as it comes; only the offline one is an end. */
  @Test
  void ofAPasswordGrantForOfflineAccessOnlyWithTheOfflineSession(TestRealm realm) {
    Ending granted = Ending.by("password grant for offline access", realm);
    Login login = realm.userAgent().passwordGrant("alice", "shop", UserAgent.OFFLINE_SCOPE);
    granted.tellsNothing();

    Ending revoked = Ending.by("offline token of a password grant revoked", realm);
    login.revoke();

    revoked.tells(Reason.TOKEN_REVOKED, Initiator.USER, login.offline("shop"));
  }

  /** Keycloak keeps no SSO session for a login that began with offline access. */
  @Test
  void ofALoginForOfflineAccessOnlyWithTheOfflineSession(TestRealm realm) {
    Ending loggedIn = Ending.by("login for offline access", realm);
    UserAgent browser = realm.userAgent();
    HttpResponse<String> page = browser.authorize("shop", Map.of("scope", UserAgent.OFFLINE_SCOPE));
    Login login = browser.tokens("shop", browser.submitPassword(page, "alice", Map.of()));

    loggedIn.tellsNothing();
    assertThat(realm.messages().marker(login.sid())).as("ended-marker").isNull();
    UserAgent.expect(login.refresh(), 200);
  }

  private static void letPass(Duration time) {
    await().pollDelay(time).until(() -> true);
  }
}
