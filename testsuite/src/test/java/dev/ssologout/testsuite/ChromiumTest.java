package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;

/** The browser that the tests drive reaches Keycloak's pages. */
@IntegrationTest
class ChromiumTest {

  @Test
  void signsIn(TestRealm realm) {
    try (Chromium chromium = Chromium.start()) {
      Page page = chromium.window(new Browser.NewContextOptions()).newPage();

      realm.signIn("alice", page);

      assertThat(realm.admin().users().get(realm.userId("alice")).getUserSessions())
          .singleElement()
          .satisfies(session -> assertThat(session.getUsername()).isEqualTo("alice"));
    }
  }
}
