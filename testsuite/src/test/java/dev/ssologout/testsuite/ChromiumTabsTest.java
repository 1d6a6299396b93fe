package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.options.WaitUntilState;
import dev.ssologout.testsuite.BrowserApps.Layout;
import dev.ssologout.testsuite.BrowserProfile.ThirdPartyCookies;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever happens to tabs, those that are left or come back end up signed out. */
@ExtendWith(BrowserStack.Extension.class)
class ChromiumTabsTest {
  private static BrowserProfile browser;

  @BeforeAll
  static void start() {
    browser = BrowserProfile.chromium(ThirdPartyCookies.BLOCKED);
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  @Test
  void tellsTheTabsThatNobodySees(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 2);

      realm.admin().deleteSession(tabs.sid(), false);

      assertThat(AppTabs.awaitLogout(tabs.all()))
          .extracting(AppTabs.Learned::visibility)
          .containsExactlyInAnyOrder("visible", "hidden", "hidden", "hidden", "hidden", "hidden");
    }
  }

  @Test
  void anotherTabTakesOverFromOneThatIsClosed(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 2);
      Page leader = tabs.leader("shop");
      List<Page> others = without(tabs, leader);
      String sid = tabs.sid();

      leader.close();
      tabs.awaitStream("shop");
      realm.admin().deleteSession(sid, false);

      assertThat(AppTabs.awaitLogout(others)).hasSize(5);
    }
  }

  @Test
  void anotherTabTakesOverFromOneThatCrashes(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 2);
      Page leader = tabs.leader("shop");
      Page other = without(tabs.of("shop"), leader).get(0);
      String sid = tabs.sid();

      try {
        leader.navigate("chrome://crash");
      } catch (PlaywrightException e) {
        // That is what it is for.
      }
      await("the stream of the other tab")
          .atMost(MessageLog.PATIENCE)
          .until(() -> Boolean.TRUE.equals(other.evaluate(AppTabs.READY)));
      realm.admin().deleteSession(sid, false);

      AppTabs.awaitLogout(List.of(other));
    }
  }

  @Test
  void anotherTabTakesOverFromOneThatIsFrozenAndThatOneLearnsWhenItThaws(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 2);
      Page leader = tabs.leader("shop");
      String sid = tabs.sid();
      CDPSession session = browser.context().newCDPSession(leader);

      lifecycle(session, "frozen");
      realm.admin().deleteSession(sid, false);
      AppTabs.awaitLogout(without(tabs, leader));
      lifecycle(session, "active");

      AppTabs.awaitLogout(List.of(leader));
    }
  }

  private static void lifecycle(CDPSession session, String state) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("state", state);
    session.send("Page.setWebLifecycleState", arguments);
  }

  @Test
  void learnsWhenTheNetworkIsBack(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 2);
      String sid = tabs.sid();
      try {
        browser.context().setOffline(true);
        realm.admin().deleteSession(sid, false);
      } finally {
        browser.context().setOffline(false);
      }

      AppTabs.awaitLogout(tabs.all());
    }
  }

  @Test
  void learnsWhenTheUserGoesBackToAPage(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 1);
      Page left = tabs.of("shop").get(0);
      String sid = tabs.sid();
      left.evaluate("globalThis.sameDocument = true");

      left.navigate(stack.apps().origin(Layout.CROSS_SITE, "shop") + "/empty");
      realm.admin().deleteSession(sid, false);
      AppTabs.awaitLogout(without(tabs, left));
      left.goBack(new Page.GoBackOptions().setWaitUntil(WaitUntilState.COMMIT));

      AppTabs.awaitLogout(List.of(left));
      assertThat(left.evaluate("globalThis.sameDocument"))
          .as("came out of the back/forward cache")
          .isEqualTo(true);
    }
  }

  @Test
  void tellsByTheFrameAloneWhereTheAppHasNoToken(BrowserStack stack) {
    for (Layout layout : List.of(Layout.SAME_SITE, Layout.LOCALHOST)) {
      try (TestRealm realm = stack.createRealm()) {
        AppTabs tabs = AppTabs.open(browser, stack.apps(), layout, realm, 1);
        Page tab = tabs.of("wiki").get(0);
        tab.evaluate("app.stop(); app.listen({ getToken: undefined, sid: undefined })");
        awaitFrame(tab);
        realm.admin().deleteSession(tabs.sid(), false);

        assertThat(AppTabs.awaitLogout(List.of(tab)))
            .singleElement()
            .satisfies(learned -> assertThat(learned.via()).isEqualTo("frame"));
      }
    }
  }

  /** What the layouts stand for; without it the other tests would show little. */
  @Test
  void keepsKeycloaksCookieFromFramesOfOtherSites(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      for (Layout layout : Layout.values()) {
        AppTabs tabs = AppTabs.open(browser, stack.apps(), layout, realm, 1);

        assertThat((String) loadedFrame(tabs.of("shop").get(0)).evaluate("document.cookie"))
            .satisfies(
                cookies ->
                    assertThat(cookies.contains("KEYCLOAK_SESSION="))
                        .as("%s: %s", layout, cookies)
                        .isEqualTo(layout != Layout.CROSS_SITE));
      }
    }
  }

  private static Frame loadedFrame(Page tab) {
    tab.waitForCondition(
        () ->
            tab.frames().stream()
                .anyMatch(
                    frame ->
                        frame.url().contains("/logout-broadcaster/frame")
                            && frame.evaluate("document.readyState").equals("complete")));
    return tab.frames().stream()
        .filter(frame -> frame.url().contains("/logout-broadcaster/frame"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void tellsOfKeycloaksEmptiedStorage(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.SAME_SITE, realm, 1);
      tabs.all().forEach(ChromiumTabsTest::awaitFrame);
      Page hub = browser.tab();
      hub.navigate(
          stack.apps().issuer(Layout.SAME_SITE, realm) + "/.well-known/openid-configuration");

      hub.evaluate("localStorage.clear()");

      assertThat(AppTabs.awaitLogout(tabs.all()))
          .allSatisfy(learned -> assertThat(learned.reason()).isEqualTo("storage_cleared"));
    }
  }

  @Test
  void tellsByTheFrameWhatKeycloaksSignedOutPageSays(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      realm.update(settings -> settings.setLoginTheme("sso-logout"));
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.LOCALHOST, realm, 1);
      String sid = tabs.sid();
      String issuer = stack.apps().issuer(Layout.LOCALHOST, realm);
      Page app = browser.tab();
      app.navigate(stack.apps().origin(Layout.LOCALHOST, "shop") + "/empty");
      // Without a stream it has nothing to tell but what it hears on Keycloak's origin.
      app.evaluate(
          """
          src => new Promise(resolve => {
            globalThis.told = [];
            addEventListener('message', ({ data }) => told.push(data));
            const frame = document.createElement('iframe');
            frame.onload = resolve;
            frame.src = src;
            document.body.append(frame);
          })
          """,
          issuer + "/logout-broadcaster/frame?client_id=shop&stream=false");
      Page hub = browser.tab();
      hub.navigate(issuer + "/logout-broadcaster/sdk.js");
      hub.evaluate(
          """
          () => new BroadcastChannel('sso_logout')
            .postMessage({ type: 'SSO_LOGOUT', realm: 'another', sid: 'its', reason: 'logout' })
          """);

      hub.navigate(issuer + "/protocol/openid-connect/logout");
      hub.locator("#kc-logout").click();

      app.waitForFunction("told.some(message => message.sid)");
      assertThat(app.evaluate("told.filter(message => message.sid).map(message => message.sid)"))
          .isEqualTo(List.of(sid));
      assertThat(app.evaluate("told.find(message => message.sid).reason")).isEqualTo("logout");
      AppTabs.awaitLogout(tabs.all());
    }
  }

  /** Waits until the frame has Keycloak's stream, or hears from the frame that has it. */
  private static void awaitFrame(Page tab) {
    tab.waitForCondition(
        () ->
            tab.frames().stream()
                .filter(frame -> frame.url().contains("/logout-broadcaster/frame"))
                .anyMatch(
                    frame ->
                        Boolean.TRUE.equals(
                            frame.evaluate("localStorage.getItem('sso_logout') !== null"))));
  }

  @Test
  void believesNobodyElse(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs tabs = AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 1);
      Page shop = tabs.of("shop").get(0);
      Page evil = browser.tab();
      evil.navigate(stack.apps().strangersOrigin() + "/empty");
      String app = stack.apps().app(Layout.CROSS_SITE, realm, "shop");

      // A page of another origin posts into a window of the app that it has opened.
      Page opened =
          evil.waitForPopup(() -> evil.evaluate("url => { window.victim = open(url) }", app));
      AppTabs.awaitTrue(opened, "globalThis.app && app.state === 'listening'");
      evil.evaluate(
          "sid => victim.postMessage({ type: 'SSO_LOGOUT', sid, reason: 'logout' }, '*')",
          tabs.sid());
      AppTabs.awaitTrue(opened, "app.lines.some(line => line.includes('not listened to'))");
      // The app's own post-logout page, which anybody can open, is but a hint.
      evil.evaluate("url => { open(url) }", app + "/bye?sid=" + tabs.sid());
      AppTabs.awaitTrue(
          shop, "app.lines.filter(line => line.endsWith('stream: ready')).length > 1");
      // Another session's end is not this one's; whoever leads answers after it has heard of it.
      shop.evaluate(
          """
          new Promise(resolve => {
            const channel = new BroadcastChannel('sso_logout');
            channel.onmessage = ({ data }) => data.type === 'SSO_LEADER' && resolve();
            channel.postMessage({ type: 'SSO_LOGOUT', sid: 'other' });
            channel.postMessage({ type: 'SSO_LEADER?' });
          })
          """);
      assertThat(shop.evaluate("app.logouts.length")).isEqualTo(0);
      assertThat(opened.evaluate("app.logouts.length")).isEqualTo(0);

      realm.admin().deleteSession(tabs.sid(), false);
      AppTabs.awaitLogout(List.of(shop, opened));
    }
  }

  @Test
  void keepsTheFrameFromStrangers(BrowserStack stack) {
    try (TestRealm realm = stack.createRealm()) {
      AppTabs.open(browser, stack.apps(), Layout.CROSS_SITE, realm, 1);
      Page evil = browser.tab();
      List<String> refused = new ArrayList<>();
      evil.onConsoleMessage(message -> refused.add(message.text()));
      evil.navigate(stack.apps().strangersOrigin() + "/empty");
      String frame =
          stack.apps().issuer(Layout.CROSS_SITE, realm)
              + "/logout-broadcaster/frame?client_id=shop";

      evil.evaluate(
          """
          url => new Promise(resolve => {
            const frame = document.createElement('iframe');
            frame.onload = resolve;
            frame.src = url;
            document.body.append(frame);
          })
          """,
          frame);

      await("the browser's refusal")
          .atMost(MessageLog.PATIENCE)
          .until(
              () -> {
                evil.evaluate("1");
                return refused.stream().anyMatch(text -> text.contains("frame-ancestors"));
              });
    }
  }

  private static List<Page> without(AppTabs tabs, Page one) {
    return without(tabs.all(), one);
  }

  private static List<Page> without(List<Page> tabs, Page one) {
    return tabs.stream().filter(tab -> tab != one).toList();
  }
}
