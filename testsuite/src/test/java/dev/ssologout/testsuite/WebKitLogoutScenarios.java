package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ssologout.testsuite.BrowserApps.Layout;
import dev.ssologout.testsuite.BrowserLogoutScenarios.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** As {@link BrowserLogoutScenarios}, in WebKit. */
final class WebKitLogoutScenarios {
  private static final int TABS_OF_EACH = 2;

  private final BrowserStack stack;
  private final WebKit browser;
  private final LogoutTimes times = new LogoutTimes();

  WebKitLogoutScenarios(BrowserStack stack, WebKit browser) {
    this.stack = stack;
    this.browser = browser;
  }

  /** Has every tab told, in this layout and by this path. */
  void run(Layout layout, Path path) {
    try (TestRealm realm = stack.createRealm()) {
      if (path == Path.EXPIRED) {
        realm.update(settings -> settings.setSsoSessionIdleTimeout(15));
      }
      List<String> tabs = open(layout, realm);
      browser.turnTo(tabs.get(0));
      switch (path) {
        case RP_INITIATED -> {
          // The tab in which the user signs out leaves for Keycloak and comes back to another page.
          tabs.remove(0);
          browser.evaluate("app.signOut()");
        }
        case HUB ->
            assertThat(browser.evaluate("app.sdk.performSSOLogout(app.options)").asBoolean())
                .isTrue();
        case ADMIN -> realm.admin().users().get(realm.userId("alice")).logout();
        case SESSIONS -> {
          browser.tab();
          browser.navigate(stack.apps().issuer(layout, realm) + "/sso-sessions/ui");
          browser.await("document.querySelector('.session .end')");
          browser.evaluate("document.querySelector('.session .end').click()");
        }
        case EXPIRED -> {
          // Nobody does anything.
        }
      }
      times.add("WebKit " + layout, learned(tabs, path));
    }
  }

  private List<String> open(Layout layout, TestRealm realm) {
    List<String> tabs = new ArrayList<>();
    for (String client : BrowserApps.CLIENTS) {
      for (int i = 0; i < TABS_OF_EACH; i++) {
        tabs.add(browser.tab());
        browser.navigate(stack.apps().app(layout, realm, client));
        if (tabs.size() == 1) {
          browser.await("document.querySelector('#kc-login')");
          browser.evaluate(
              """
              (() => {
                document.querySelector('#username').value = 'alice';
                document.querySelector('#password').value = 'alice';
                document.querySelector('#kc-login').click();
              })()
              """);
        }
        browser.await("app.state === 'listening'");
        if (i == 0) {
          browser.await(AppTabs.READY);
        }
      }
    }
    return tabs;
  }

  private List<AppTabs.Learned> learned(List<String> tabs, Path path) {
    List<AppTabs.Learned> learned = new ArrayList<>();
    for (String tab : tabs) {
      browser.turnTo(tab);
      browser.await("app.logouts.length > 0");
      JsonNode logouts = browser.evaluate("app.logouts");
      assertThat(logouts).hasSize(1);
      JsonNode event = logouts.get(0);
      assertThat(event.get("reason").asText()).isIn(path.reasons());
      learned.add(
          new AppTabs.Learned(
              event.get("via").asText(),
              event.get("reason").asText(),
              event.get("sid").asText(),
              event.get("at").asDouble() - Instant.parse(event.get("time").asText()).toEpochMilli(),
              event.get("visibility").asText()));
    }
    return learned;
  }

  /** Prints how long it took. */
  void print() {
    times.print();
  }
}
