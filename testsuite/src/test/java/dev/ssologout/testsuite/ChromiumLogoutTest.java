package dev.ssologout.testsuite;

import dev.ssologout.testsuite.BrowserProfile.ThirdPartyCookies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every open tab of every app is told, in Chromium. */
@ExtendWith(BrowserStack.Extension.class)
class ChromiumLogoutTest {

  @Test
  void tellsEveryTabInEveryLayout(BrowserStack stack) {
    BrowserLogoutScenarios scenarios = new BrowserLogoutScenarios(stack);
    try (BrowserProfile browser = BrowserProfile.chromium(ThirdPartyCookies.BLOCKED)) {
      for (BrowserApps.Layout layout : BrowserApps.Layout.values()) {
        scenarios.run(browser, "Chromium", layout, BrowserLogoutScenarios.Path.RP_INITIATED);
        scenarios.run(browser, "Chromium", layout, BrowserLogoutScenarios.Path.ADMIN);
      }
    } finally {
      scenarios.print();
    }
  }
}
