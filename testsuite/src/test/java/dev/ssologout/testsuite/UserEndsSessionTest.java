package dev.ssologout.testsuite;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keycloak.representations.idm.RequiredActionProviderRepresentation;

/** The ways in which users end sessions of their own: every one is told of, once. */
@IntegrationTest
class UserEndsSessionTest {

  @Test
  void byLogoutAtAnAppInTheBrowser(TestRealm realm) {
    Ending ending = Ending.by("logout at an app, in the browser", realm);
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    login.logout();

    ending.tells(Reason.LOGOUT, Initiator.USER, login.online("blog", "shop"));
  }

  @Test
  void byLogoutAtAnAppWithoutCookies(TestRealm realm) {
    Ending ending = Ending.by("logout at an app, cookies gone", realm);
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    login.userAgent().clearCookies();
    login.logout();

    ending.tells(Reason.LOGOUT, Initiator.USER, login.online("blog", "shop"));
  }

  @Test
  void onTheConfirmationPage(TestRealm realm) {
    Ending ending = Ending.by("logout confirmed on Keycloak's page", realm);
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    UserAgent browser = login.userAgent();
    HttpResponse<String> page = browser.get(browser.endpoint("logout"), Map.of());
    UserAgent.expect(page, 200);
    UserAgent.expect(browser.submit(page, Map.of("confirmLogout", "Logout")), 200);

    ending.tells(Reason.LOGOUT, Initiator.USER, login.online("blog", "shop"));
  }

  @Test
  void byRefreshToken(TestRealm realm) {
    Ending ending = Ending.by("logout by refresh token", realm);
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    UserAgent.expect(login.logoutByRefreshToken(), 204);

    ending.tells(Reason.LOGOUT, Initiator.USER, login.online("blog", "shop"));
  }

  /** The reason is read from addresses, in which a realm can be named as anything else is. */
  @ParameterizedTest
  @ValueSource(strings = {"account", "broker", "impersonation"})
  void inARealmNamedAsAPartOfKeycloak(String name, Stack stack) {
    try (TestRealm realm = stack.createRealm(settings -> settings.setRealm(name))) {
      Ending ending = Ending.by("logout by refresh token", realm);
      Login login = realm.signIn("alice", "shop");
      login.userAgent().alsoAt("blog");

      UserAgent.expect(login.logoutByRefreshToken(), 204);

      ending.tells(Reason.LOGOUT, Initiator.USER, login.online("blog", "shop"));
    }
  }

  @Test
  void byOfflineToken(TestRealm realm) {
    Ending ending = Ending.by("logout by offline token", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    UserAgent.expect(offline.logoutByRefreshToken(), 204);

    ending.tells(
        Reason.LOGOUT, Initiator.USER, online.online("blog", "shop"), offline.offline("blog"));
  }

  @Test
  void byRevokingTheRefreshTokenOfTheLastClient(TestRealm realm) {
    Ending ending = Ending.by("refresh token of the last client revoked", realm);
    Login login = realm.signIn("alice", "shop");

    login.revoke();

    ending.tells(Reason.TOKEN_REVOKED, Initiator.USER, login.online("shop"));
  }

  @Test
  void byRevokingTheOfflineTokenOfTheLastClient(TestRealm realm) {
    Ending ending = Ending.by("offline token of the last client revoked", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    offline.revoke();

    // The online session lives on with the shop.
    UserAgent.expect(online.refresh(), 200);
    ending.tells(Reason.TOKEN_REVOKED, Initiator.USER, offline.offline("blog"));
  }

  @Test
  void byRevokingTheOfflineTokenThatHeldBothSessions(TestRealm realm) {
    Ending ending = Ending.by("offline token revoked, no other client in either session", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("shop");

    offline.revoke();

    ending.tells(
        Reason.TOKEN_REVOKED, Initiator.USER, online.online("shop"), offline.offline("shop"));
  }

  @Test
  void byRemovingOneOnTheAccountPage(TestRealm realm) {
    Ending ending = Ending.by("one session ended in the account console", realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "shop");
    there.userAgent().alsoOfflineAt("blog");

    UserAgent.expect(here.callAccount("DELETE", "/sessions/" + there.sid()), 204);

    ending.tells(
        Reason.ACCOUNT_LOGOUT, Initiator.USER, there.online("blog", "shop"), there.offline("blog"));
  }

  @Test
  void byRemovingTheOthersOnTheAccountPage(TestRealm realm) {
    Ending ending = Ending.by("all other sessions ended in the account console", realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "shop");
    Login offline = realm.userAgent().passwordGrant("alice", "blog", UserAgent.OFFLINE_SCOPE);

    UserAgent.expect(here.callAccount("DELETE", "/sessions"), 204);

    UserAgent.expect(here.refresh(), 200);
    ending.tells(
        Reason.ACCOUNT_LOGOUT, Initiator.USER, there.online("shop"), offline.offline("blog"));
  }

  @Test
  void byRemovingAllOnTheAccountPage(TestRealm realm) {
    Ending ending = Ending.by("all sessions ended in the account console", realm);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "shop");

    UserAgent.expect(here.callAccount("DELETE", "/sessions?current=true"), 204);

    ending.tells(Reason.ACCOUNT_LOGOUT, Initiator.USER, here.online("shop"), there.online("shop"));
  }

  @Test
  void byTakingOfflineAccessFromAnAppOnTheAccountPage(TestRealm realm) {
    Ending ending = Ending.by("offline access taken from an app in the account console", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    UserAgent.expect(online.callAccount("DELETE", "/applications/blog/consent"), 204);

    ending.tells(Reason.ACCOUNT_LOGOUT, Initiator.USER, offline.offline("blog"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE_PASSWORD",
        "CONFIGURE_TOTP",
        "CONFIGURE_RECOVERY_AUTHN_CODES",
        "UPDATE_EMAIL"
      })
  void bySigningOutFromOtherDevicesWithANewCredential(String action, TestRealm realm) {
    Ending ending = Ending.by("signed out from other devices (`%s`)".formatted(action), realm);
    RequiredActionProviderRepresentation settings = realm.admin().flows().getRequiredAction(action);
    settings.setEnabled(true);
    realm.admin().flows().updateRequiredAction(action, settings);
    Login here = realm.signIn("alice", "shop");
    Login there = realm.signIn("alice", "shop");
    Login offline = realm.userAgent().passwordGrant("alice", "blog", UserAgent.OFFLINE_SCOPE);

    UserAgent browser = here.userAgent();
    HttpResponse<String> page =
        browser.follow(browser.authorize("shop", Map.of("kc_action", action)));
    UserAgent.expect(page, 200);
    Map<String, String> fields = new HashMap<>(Map.of("logout-sessions", "on"));
    switch (action) {
      case "UPDATE_PASSWORD" ->
          fields.putAll(Map.of("password-new", "n3w", "password-confirm", "n3w"));
      case "CONFIGURE_TOTP" ->
          fields.putAll(
              Map.of(
                  "totp",
                  OneTimePassword.of(browser.hiddenFields(page).get("totpSecret")),
                  "userLabel",
                  "phone"));
      case "UPDATE_EMAIL" -> fields.put("email", "alice@example.net");
      default -> {}
    }
    HttpResponse<String> done = browser.follow(browser.submit(page, fields));
    UserAgent.expect(done, 302);

    UserAgent.expect(here.refresh(), 200);
    ending.tells(
        Reason.CREDENTIAL_CHANGED, Initiator.USER, there.online("shop"), offline.offline("blog"));
  }

  @Test
  void byDeletingTheirAccount(TestRealm realm) {
    Ending ending = Ending.by("account deleted by the user", realm);
    RequiredActionProviderRepresentation settings =
        realm.admin().flows().getRequiredAction("delete_account");
    settings.setEnabled(true);
    realm.admin().flows().updateRequiredAction("delete_account", settings);
    realm.grant("alice", "account", "delete-account");
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    UserAgent browser = online.userAgent();
    // Keycloak asks for the password unless it was given within the same second.
    HttpResponse<String> password =
        browser.follow(
            browser.authorize("shop", Map.of("kc_action", "delete_account", "prompt", "login")));
    HttpResponse<String> page =
        browser.follow(browser.submit(password, Map.of("password", "alice")));
    UserAgent.expect(page, 200);
    browser.submit(page, Map.of());

    ending.tells(
        Reason.USER_REMOVED,
        Initiator.USER,
        online.online("blog", "shop"),
        offline.offline("blog"));
  }

  @Test
  void byExceedingTheLimitOfSessions(TestRealm realm) {
    Ending ending = Ending.by("limit of sessions reached, oldest one ends", realm);
    realm.limitSessions(1);
    Login oldest = realm.signIn("alice", "shop");
    oldest.userAgent().alsoAt("blog");

    Login newest = realm.signIn("alice", "shop");

    UserAgent.expect(newest.refresh(), 200);
    ending.tells(Reason.SESSION_LIMIT, Initiator.POLICY, oldest.online("blog", "shop"));
  }
}
