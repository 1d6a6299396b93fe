package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What remains with Keycloak's persistent sessions switched off, as docs/events.md says: events are
 * then the only witness of an online session's end.
 */
class VolatileSessionsTest {
  private static Stack stack;

  @BeforeAll
  static void start() {
    stack = Stack.startWithoutPersistentSessions();
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void tellsOfAUsersLogoutWithTheClientThatAskedForIt() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      login.userAgent().alsoAt("blog");

      login.logout();

      SessionEnded message = realm.messages().awaitOne();
      assertThat(message.sid()).isEqualTo(login.sid());
      assertThat(message.sub()).isEqualTo(login.sub());
      assertThat(message.clients()).isEqualTo(List.of("shop"));
      assertThat(message.reason()).isEqualTo(Reason.LOGOUT);
      assertThat(message.source()).isEqualTo(realm.issuer());
    }
  }

  @Test
  void tellsOfASessionThatExpiresWithoutItsClients() {
    try (TestRealm realm = stack.createRealm(settings -> settings.setSsoSessionIdleTimeout(10))) {
      Login login = realm.signIn("alice", "shop");

      await("Keycloak's cache")
          .atMost(ExpiryTest.UNTIL_SWEPT)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> !realm.messages().all().isEmpty());

      assertThat(realm.messages().awaitOne())
          .returns(login.sid(), SessionEnded::sid)
          .returns(login.sub(), SessionEnded::sub)
          .returns(List.of(), SessionEnded::clients)
          .returns(Reason.EXPIRED, SessionEnded::reason);
    }
  }

  @Test
  void tellsNothingOfWhatAnAdminEnds() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      realm.signIn("alice", "blog");

      realm.admin().deleteSession(login.sid(), false);
      realm.admin().users().get(realm.userId("alice")).logout();

      assertThat(realm.messages().settled()).isEmpty();
    }
  }

  /** What docs/themes.md says of other login forms in the place of ours. */
  @Test
  void showsThePagesOfALogoutWithKeycloaksOwnForms() {
    try (TestRealm realm = stack.createRealm(settings -> settings.setLoginTheme("sso-logout"))) {
      UserAgent alice = realm.signIn("alice", "shop").userAgent();

      HttpResponse<String> question = alice.get(alice.endpoint("logout"), Map.of());
      assertThat(question.body()).contains("Do you want to sign out?", "sso-logout.js");
      assertThat(alice.submit(question, Map.of()).body()).contains("You are signed out");
      assertThat(alice.get(URI.create(realm.issuer() + "/session-ended"), Map.of()).body())
          .contains("Your session has ended");
      assertThat(alice.get(alice.endpoint("logout"), Map.of("id_token_hint", "none")).body())
          .contains("Something went wrong");
    }
  }

  @Test
  void tellsOfOfflineSessionsAsEver() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.userAgent().passwordGrant("alice", "shop", UserAgent.OFFLINE_SCOPE);

      realm.admin().deleteSession(login.sid(), true);

      assertThat(realm.messages().awaitOne())
          .returns(login.sid(), SessionEnded::sid)
          .returns(true, SessionEnded::offline)
          .returns(List.of("shop"), SessionEnded::clients)
          .returns(Reason.ADMIN_LOGOUT, SessionEnded::reason);
    }
  }
}
