package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Ends sessions with tabs open, and counts who was told how fast. */
final class BrowserLogoutScenarios {
  private static final int TABS_OF_EACH = 2;

  /** How the session ends. */
  enum Path {
    RP_INITIATED("logout"),
    /** {@code performSSOLogout} in one of the apps. */
    HUB("account_logout"),
    ADMIN("admin_logout"),
    /** What the sessions page calls. */
    SESSIONS("account_logout"),
    EXPIRED("expired");

    private final String reason;

    Path(String reason) {
      this.reason = reason;
    }
  }

  private final BrowserStack stack;
  private final Map<String, List<AppTabs.Learned>> measured = new TreeMap<>();

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
        case SESSIONS ->
            concerned
                .get(0)
                .evaluate(
                    """
                    async ([issuer, sid]) => {
                      await fetch(`${issuer}/sso-sessions/${sid}`, {
                        method: 'DELETE',
                        headers: { Authorization: `Bearer ${app.tokens.access_token}` },
                      });
                    }
                    """,
                    List.of(stack.apps().issuer(layout, realm), sid));
        case EXPIRED -> {
          // Nobody does anything.
        }
      }
      List<AppTabs.Learned> learned = AppTabs.awaitLogout(concerned);
      assertThat(learned)
          .allSatisfy(
              tab -> {
                assertThat(tab.sid()).isEqualTo(sid);
                // The app whose user it was tells its own tabs before Keycloak does.
                assertThat(tab.reason())
                    .isIn(path.reason, path == Path.HUB ? "logout" : path.reason);
              });
      measured.computeIfAbsent(name + " " + layout, key -> new ArrayList<>()).addAll(learned);
    }
  }

  /** Prints from the end of the session until each tab knew, in milliseconds. */
  void print() {
    measured.forEach(
        (name, tabs) -> {
          double[] millis = tabs.stream().mapToDouble(AppTabs.Learned::millis).sorted().toArray();
          System.out.printf(
              "%-40s %3d tabs: median %4.0f ms, p95 %4.0f ms, last %4.0f ms; %s%n",
              name,
              millis.length,
              quantile(millis, 0.5),
              quantile(millis, 0.95),
              millis[millis.length - 1],
              tabs.stream()
                  .map(AppTabs.Learned::via)
                  .collect(
                      Collectors.groupingBy(
                          Function.identity(), TreeMap::new, Collectors.counting())));
        });
  }

  private static double quantile(double[] sorted, double q) {
    return sorted[(int) Math.ceil(q * sorted.length) - 1];
  }

  /** All layouts with all paths. */
  void runAll(BrowserProfile browser, String name) {
    for (BrowserApps.Layout layout : BrowserApps.Layout.values()) {
      Arrays.stream(Path.values()).forEach(path -> run(browser, name, layout, path));
    }
  }
}
