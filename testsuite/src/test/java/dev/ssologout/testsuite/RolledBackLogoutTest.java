package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.ws.rs.InternalServerErrorException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A session that was about to end and did not: the request failed, and so nothing is told. */
@IntegrationTest
class RolledBackLogoutTest {
  private static final String VETO = "veto";

  @Test
  void tellsNothingOfALogoutThatWasRolledBack(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    listeners(realm, TestRealm.LISTENER, VETO);

    UserAgent.expect(login.logoutByRefreshToken(), 500);

    listeners(realm, TestRealm.LISTENER);
    assertThat(realm.messages().settled()).isEmpty();
    assertThat(realm.messages().marker(login.sid())).isNull();
    UserAgent.expect(login.refresh(), 200);

    UserAgent.expect(login.logoutByRefreshToken(), 204);
    assertThat(realm.messages().settled())
        .filteredOn(message -> message.sid().equals(login.sid()))
        .hasSize(1);
  }

  @Test
  void tellsNothingOfALogoutByAnAdminThatWasRolledBack(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    listeners(realm, VETO, TestRealm.LISTENER);

    assertThatThrownBy(() -> realm.admin().deleteSession(login.sid(), false))
        .isInstanceOf(InternalServerErrorException.class);

    listeners(realm, TestRealm.LISTENER);
    assertThat(realm.messages().settled()).isEmpty();
    UserAgent.expect(login.refresh(), 200);
  }

  private static void listeners(TestRealm realm, String... listeners) {
    realm.update(settings -> settings.setEventsListeners(List.of(listeners)));
  }
}
