package dev.ssologout.testsuite;

import dev.ssologout.testsuite.BrowserProfile.ThirdPartyCookies;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All layouts with all ways in which a session ends, third-party cookies allowed and blocked. */
@Tag("browsers")
@ExtendWith(BrowserStack.Extension.class)
class BrowserMatrixTest {

  @ParameterizedTest
  @EnumSource(ThirdPartyCookies.class)
  void tellsEveryTabInChromium(ThirdPartyCookies cookies, BrowserStack stack) {
    BrowserLogoutScenarios scenarios = new BrowserLogoutScenarios(stack);
    try (BrowserProfile browser = BrowserProfile.chromium(cookies)) {
      scenarios.runAll(browser, "Chromium, cookies " + cookies);
    } finally {
      scenarios.print();
    }
  }

  @ParameterizedTest
  @EnumSource(ThirdPartyCookies.class)
  void tellsEveryTabInFirefox(ThirdPartyCookies cookies, BrowserStack stack) {
    BrowserLogoutScenarios scenarios = new BrowserLogoutScenarios(stack);
    try (BrowserProfile browser = BrowserProfile.firefox(cookies)) {
      scenarios.runAll(browser, "Firefox, cookies " + cookies);
    } finally {
      scenarios.print();
    }
  }

  @Test
  void tellsEveryTabInWebKit(BrowserStack stack) {
    try (WebKit browser = WebKit.start()) {
      WebKitLogoutScenarios scenarios = new WebKitLogoutScenarios(stack, browser);
      try {
        for (BrowserApps.Layout layout : BrowserApps.Layout.values()) {
          for (BrowserLogoutScenarios.Path path : BrowserLogoutScenarios.Path.values()) {
            scenarios.run(layout, path);
          }
        }
      } finally {
        scenarios.print();
      }
    }
  }
}
