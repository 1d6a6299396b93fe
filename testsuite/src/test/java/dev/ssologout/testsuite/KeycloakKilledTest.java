package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.testsuite.BrowserApps.Layout;
import dev.ssologout.testsuite.BrowserProfile.ThirdPartyCookies;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tabs that were open when Keycloak was killed find it again. */
@Tag("browsers")
class KeycloakKilledTest {

  @Test
  void tellsTheTabsThatWereOpen() {
    try (BrowserStack stack = BrowserStack.startOnPostgres();
        BrowserProfile browser = BrowserProfile.chromium(ThirdPartyCookies.BLOCKED);
        TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 2);
      String sid = tabs.sid();

      stack.stack().keycloak().kill();
      stack.stack().keycloak().start();
      realm.admin().deleteSession(sid, false);

      assertThat(AppTabs.awaitLogout(tabs.all())).hasSize(6);
    }
  }
}
