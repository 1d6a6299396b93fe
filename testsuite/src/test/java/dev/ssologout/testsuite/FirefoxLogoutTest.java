package dev.ssologout.testsuite;

import dev.ssologout.testsuite.BrowserProfile.ThirdPartyCookies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every open tab of every app is told, in Firefox. */
@ExtendWith(BrowserStack.Extension.class)
class FirefoxLogoutTest {

  @Test
  void tellsEveryTabInEveryLayout(BrowserStack stack) {
    BrowserLogoutScenarios scenarios = new BrowserLogoutScenarios(stack);
    try (BrowserProfile browser = BrowserProfile.firefox(ThirdPartyCookies.ALLOWED)) {
      for (BrowserApps.Layout layout : BrowserApps.Layout.values()) {
        scenarios.run(browser, "Firefox", layout, BrowserLogoutScenarios.Path.RP_INITIATED);
      }
    } finally {
      scenarios.print();
    }
  }
}
