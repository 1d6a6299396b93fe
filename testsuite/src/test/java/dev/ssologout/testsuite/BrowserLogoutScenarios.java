package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Ends sessions with tabs open, and counts who was told how fast. */
final class BrowserLogoutScenarios {
  private static final int TABS_OF_EACH = 2;

  /** How the session ends. */
  enum Path {
    RP_INITIATED("logout"),
    /** {@code performSSOLogout} in an app, which tells its own tabs before Keycloak does. */
    HUB("account_logout", "logout"),
    ADMIN("admin_logout"),
    /** A click on the page of the user's sessions. */
    SESSIONS("account_logout"),
    EXPIRED("expired");

    private final List<String> reasons;

    Path(String... reasons) {
      this.reasons = List.of(reasons);
    }

    /** What the tabs may be told. */
    List<String> reasons() {
      return reasons;
    }
  }

  private final BrowserStack stack;
  private final LogoutTimes times = new LogoutTimes();

  BrowserLogoutScenarios(BrowserStack stack) {
    this.stack = stack;
  }

  /** Has every tab told, in this layout and by this path. */
  void run(BrowserProfile browser, String name, BrowserApps.Layout layout, Path path) {
    try (TestRealm realm = stack.createRealm()) {
      if (path == Path.EXPIRED) {
        realm.update(settings -> settings.setSsoSessionIdleTimeout(15));
      }
      AppTabs tabs = AppTabs.open(browser, stack.apps(), layout, realm, TABS_OF_EACH);
      String sid = tabs.sid();
      List<Page> concerned = new ArrayList<>(tabs.all());
      switch (path) {
        case RP_INITIATED -> {
          // The tab in which the user signs out leaves for Keycloak and comes back to another page.
          Page own = concerned.remove(0);
          own.evaluate("app.signOut()");
        }
        case HUB ->
            assertThat(concerned.get(0).evaluate("app.sdk.performSSOLogout(app.options)"))
                .isEqualTo(true);
        case ADMIN -> realm.admin().deleteSession(sid, false);
        case SESSIONS -> {
          Page page = browser.tab();
          page.navigate(stack.apps().issuer(layout, realm) + "/sso-sessions/ui");
          page.locator(".session .end").click();
        }
        case EXPIRED -> {
          // Nobody does anything.
        }
      }
      List<AppTabs.Learned> learned = AppTabs.awaitLogout(concerned);
      assertThat(learned)
          .allSatisfy(
              tab -> {
                assertThat(tab.sid()).isEqualTo(sid);
                assertThat(tab.reason()).isIn(path.reasons);
              });
      times.add(name + " " + layout, learned);
    }
  }

  /** Prints how long it took. */
  void print() {
    times.print();
  }

  /** All layouts with all paths. */
  void runAll(BrowserProfile browser, String name) {
    for (BrowserApps.Layout layout : BrowserApps.Layout.values()) {
      Arrays.stream(Path.values()).forEach(path -> run(browser, name, layout, path));
    }
  }
}
