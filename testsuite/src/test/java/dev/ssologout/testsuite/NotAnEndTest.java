package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.CredentialRepresentation;
import org.keycloak.representations.idm.UserRepresentation;

/** What looks like the end of a session and is none: nothing is told. */
@IntegrationTest
class NotAnEndTest {

  @Test
  void anAccessTokenIsRevoked(TestRealm realm) {
    Ending ending = Ending.by("access token revoked", realm);
    Login login = realm.signIn("alice", "shop");

    login.revoke(login.accessToken());

    ending.tellsNothing();
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void aRefreshTokenIsRevokedWhileOtherClientsRemain(TestRealm realm) {
    Ending ending = Ending.by("refresh token revoked, other clients remain", realm);
    Login atShop = realm.signIn("alice", "shop");
    Login atBlog = atShop.userAgent().alsoAt("blog");

    atShop.revoke();

    ending.tellsNothing();
    UserAgent.expect(atBlog.refresh(), 200);
  }

  @Test
  void consentIsRevokedWhileTheSessionRemains(TestRealm realm) {
    Ending ending = Ending.by("consent revoked, the session remains", realm);
    realm.updateClient("shop", client -> client.setConsentRequired(true));
    Login atBlog = realm.signIn("alice", "blog");
    UserAgent browser = atBlog.userAgent();
    HttpResponse<String> page = browser.follow(browser.authorize("shop", Map.of()));
    UserAgent.expect(page, 200);
    Login atShop =
        browser.tokens("shop", browser.follow(browser.submit(page, Map.of("accept", "Yes"))));

    realm.admin().users().get(realm.userId("alice")).revokeConsent("shop");

    ending.tellsNothing();
    UserAgent.expect(atShop.refresh(), 400);
    UserAgent.expect(atBlog.refresh(), 200);
  }

  @Test
  void aClientIsRemoved(TestRealm realm) {
    Ending ending = Ending.by("client removed", realm);
    Login atShop = realm.signIn("alice", "shop");
    Login atBlog = atShop.userAgent().alsoAt("blog");

    realm
        .admin()
        .clients()
        .get(realm.admin().clients().findByClientId("shop").get(0).getId())
        .remove();

    ending.tellsNothing();
    UserAgent.expect(atBlog.logoutByRefreshToken(), 204);
    assertThat(realm.messages().settled())
        .filteredOn(message -> message.sid().equals(atBlog.sid()))
        .singleElement()
        .satisfies(message -> assertThat(message.clients()).containsExactly("blog"));
  }

  @Test
  void aUserIsDisabled(TestRealm realm) {
    Ending ending = Ending.by("user disabled, tries to go on", realm);
    Login login = realm.signIn("alice", "shop");

    setEnabled(realm, login.sub(), false);
    UserAgent.expect(login.userAgent().authorize("blog", Map.of()), 200);
    UserAgent.expect(login.refresh(), 400);

    ending.tellsNothing();
    setEnabled(realm, login.sub(), true);
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void anAdminResetsThePassword(TestRealm realm) {
    Ending ending = Ending.by("password reset by an admin", realm);
    Login login = realm.signIn("alice", "shop");

    CredentialRepresentation password = new CredentialRepresentation();
    password.setType(CredentialRepresentation.PASSWORD);
    password.setValue("another");
    realm.admin().users().get(login.sub()).resetPassword(password);

    ending.tellsNothing();
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void tokensOfThePastAreRefused(TestRealm realm) {
    Ending ending = Ending.by("not-before pushed", realm);
    Login login = realm.signIn("alice", "shop");

    realm.update(settings -> settings.setNotBefore((int) Instant.now().getEpochSecond() + 1));
    realm.admin().pushRevocation();
    UserAgent.expect(login.refresh(), 400);

    realm.update(settings -> settings.setNotBefore(0));
    ending.tellsNothing();
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void aRefreshTokenIsUsedTwice(TestRealm realm) {
    realm.update(
        settings -> {
          settings.setRevokeRefreshToken(true);
          settings.setRefreshTokenMaxReuse(0);
        });
    Ending ending = Ending.by("refresh token used twice", realm);
    Login atShop = realm.signIn("alice", "shop");
    Login atBlog = atShop.userAgent().alsoAt("blog");

    UserAgent.expect(atShop.refresh(), 200);
    UserAgent.expect(atShop.refresh(), 400);

    ending.tellsNothing();
    UserAgent.expect(atBlog.refresh(), 200);
  }

  @Test
  void oneClientsPartOfASessionTimesOut(TestRealm realm) {
    Ending ending = Ending.by("one client's part of a session timed out, refreshed", realm);
    Login atShop = realm.signIn("alice", "shop");
    realm.updateClient(
        "shop", client -> client.getAttributes().put("client.session.max.lifespan", "1"));
    await().pollDelay(Duration.ofSeconds(2)).until(() -> true);

    UserAgent.expect(atShop.refresh(), 400);

    ending.tellsNothing();
    atShop.userAgent().alsoAt("blog");
  }

  @Test
  void aUserReAuthenticates(TestRealm realm) {
    Ending ending = Ending.by("user re-authenticates", realm);
    Login login = realm.signIn("alice", "shop");
    UserAgent browser = login.userAgent();

    HttpResponse<String> page = browser.authorize("shop", Map.of("prompt", "login"));
    Login again = browser.tokens("shop", browser.submitPassword(page, "alice", Map.of()));

    ending.tellsNothing();
    assertThat(again.sid()).isEqualTo(login.sid());
  }

  @Test
  void offlineAccessIsAskedForAgain(TestRealm realm) {
    Ending ending = Ending.by("offline access asked for again", realm);
    Login online = realm.signIn("alice", "shop");
    online.userAgent().alsoOfflineAt("blog");
    Login again = online.userAgent().alsoOfflineAt("blog");

    ending.tellsNothing();
    UserAgent.expect(again.refresh(), 200);
  }

  @Test
  void anAdminLooksAtAnExampleToken(Stack stack, TestRealm realm) {
    Ending ending = Ending.by("token of a user generated as an example by an admin", realm);
    Login login = realm.signIn("alice", "shop");

    String shop = realm.admin().clients().findByClientId("shop").get(0).getId();
    UserAgent.expect(
        realm
            .userAgent()
            .call(
                "GET",
                realm.adminUri(
                    "/clients/%s/evaluate-scopes/generate-example-access-token?userId=%s"
                        .formatted(shop, login.sub())),
                "Authorization",
                "Bearer " + stack.admin().tokenManager().getAccessTokenString()),
        200);

    ending.tellsNothing();
    UserAgent.expect(login.refresh(), 200);
  }

  @Test
  void aServiceAccountHasATokenForAWhile(TestRealm realm) {
    Ending ending = Ending.by("transient session of a service account", realm);
    realm.updateClient(
        "shop",
        client -> {
          client.setPublicClient(false);
          client.setServiceAccountsEnabled(true);
          client.setSecret("s3cret");
        });
    UserAgent machine = realm.userAgent();
    UserAgent.expect(
        machine.post(
            machine.endpoint("token"),
            Map.of(
                "grant_type",
                "client_credentials",
                "client_id",
                "shop",
                "client_secret",
                "s3cret")),
        200);

    ending.tellsNothing();
  }

  @Test
  void aSessionOfAnotherRealmEnds(Stack stack, TestRealm realm) {
    try (TestRealm other = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      Login otherLogin = other.signIn("alice", "shop");

      login.logout();

      assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
      assertThat(other.messages().settled()).isEmpty();
      UserAgent.expect(otherLogin.refresh(), 200);
      assertThat(realm.messages().all())
          .allSatisfy(message -> assertThat(message.realm()).isEqualTo(realm.name()))
          .filteredOn(message -> message.sid().equals(login.sid()))
          .singleElement()
          .satisfies(
              message -> {
                assertThat(message.reason()).isEqualTo(Reason.LOGOUT);
                assertThat(message.initiator()).isEqualTo(Initiator.USER);
              });
    }
  }

  private static void setEnabled(TestRealm realm, String userId, boolean enabled) {
    UserRepresentation user = realm.admin().users().get(userId).toRepresentation();
    user.setEnabled(enabled);
    realm.admin().users().get(userId).update(user);
  }
}
