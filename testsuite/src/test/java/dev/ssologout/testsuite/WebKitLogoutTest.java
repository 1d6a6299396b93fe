package dev.ssologout.testsuite;

import dev.ssologout.testsuite.BrowserApps.Layout;
import dev.ssologout.testsuite.BrowserLogoutScenarios.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every open tab of every app is told, in WebKit. */
@ExtendWith(BrowserStack.Extension.class)
class WebKitLogoutTest {

  @Test
  void tellsEveryTabInEveryLayout(BrowserStack stack) {
    try (WebKit browser = WebKit.start()) {
      WebKitLogoutScenarios scenarios = new WebKitLogoutScenarios(stack, browser);
      try {
        for (Layout layout : Layout.values()) {
          scenarios.run(layout, Path.ADMIN);
        }
      } finally {
        scenarios.print();
      }
    }
  }
}
