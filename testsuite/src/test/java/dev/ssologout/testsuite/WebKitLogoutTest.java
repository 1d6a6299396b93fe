package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ssologout.testsuite.BrowserApps.Layout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every open tab of every app is told, in WebKit. */
@ExtendWith(BrowserStack.Extension.class)
class WebKitLogoutTest {

  /** It takes names from the system only, and the system knows none of ours. */
  @Test
  void tellsEveryTabOfAppsOnPortsOfLocalhost(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm();
        WebKit browser = WebKit.start()) {
      List<String> tabs = new ArrayList<>();
      for (String client : BrowserApps.CLIENTS) {
        for (int i = 0; i < 2; i++) {
          tabs.add(browser.tab());
          browser.navigate(stack.apps().app(Layout.LOCALHOST, realm, client));
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

      realm.admin().users().get(realm.userId("alice")).logout();

      List<String> vias = new ArrayList<>();
      for (String tab : tabs) {
        browser.turnTo(tab);
        browser.await("app.logouts.length > 0");
        JsonNode logouts = browser.evaluate("app.logouts");
        assertThat(logouts).hasSize(1);
        assertThat(logouts.get(0).get("reason").asText()).isEqualTo("admin_logout");
        vias.add(logouts.get(0).get("via").asText());
      }
      System.out.printf("WebKit LOCALHOST: %s%n", vias);
    }
  }
}
