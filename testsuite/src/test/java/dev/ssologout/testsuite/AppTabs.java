package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionTimeoutException;

/** The tabs of a browser in which alice has signed in at the three apps, several tabs each. */
final class AppTabs {
  /** Whether a tab holds the stream. */
  static final String READY = "app.lines.some(line => line.endsWith('stream: ready'))";

  private final BrowserProfile browser;
  private final BrowserApps apps;
  private final BrowserApps.Layout layout;
  private final TestRealm realm;
  private final Map<String, List<Page>> tabs = new LinkedHashMap<>();

  /**
   * How a tab learned of the end.
   *
   * @param millis from the end until the tab knew
   * @param visibility of the tab at that moment, as a document says it
   */
  record Learned(String via, String reason, String sid, double millis, String visibility) {}

  private AppTabs(
      BrowserProfile browser, BrowserApps apps, BrowserApps.Layout layout, TestRealm realm) {
    this.browser = browser;
    this.apps = apps;
    this.layout = layout;
    this.realm = realm;
  }

  /** Signs alice in and waits until each app is told by Keycloak. */
  static AppTabs open(
      BrowserProfile browser,
      BrowserApps apps,
      BrowserApps.Layout layout,
      TestRealm realm,
      int tabsOfEach) {
    AppTabs opened = new AppTabs(browser, apps, layout, realm);
    browser.clear();
    for (String client : BrowserApps.CLIENTS) {
      for (int i = 0; i < tabsOfEach; i++) {
        opened.open(client);
      }
      opened.awaitStream(client);
    }
    return opened;
  }

  /** Opens one more tab of an app. */
  Page open(String client) {
    Page tab = browser.tab();
    tab.navigate(apps.app(layout, realm, client));
    if (tabs.isEmpty()) {
      tab.locator("#username").fill("alice");
      tab.locator("#password").fill("alice");
      tab.locator("#kc-login").click();
    }
    awaitTrue(tab, "globalThis.app && app.state !== 'starting'");
    assertThat(tab.evaluate("app.state")).isEqualTo("listening");
    tabs.computeIfAbsent(client, key -> new ArrayList<>()).add(tab);
    return tab;
  }

  /** Waits until one of the app's tabs has the stream. */
  void awaitStream(String client) {
    await("the stream of " + client)
        .atMost(MessageLog.PATIENCE)
        .until(() -> leader(client) != null);
  }

  /** The tab that holds the app's stream; {@code null} if none does. */
  Page leader(String client) {
    return tabs.get(client).stream()
        .filter(tab -> !tab.isClosed() && Boolean.TRUE.equals(tab.evaluate(READY)))
        .findFirst()
        .orElse(null);
  }

  List<Page> of(String client) {
    return tabs.get(client);
  }

  List<Page> all() {
    return tabs.values().stream().flatMap(List::stream).toList();
  }

  /** The session, as a tab knows it. */
  String sid() {
    return (String)
        tabs.get("blog")
            .get(0)
            .evaluate("JSON.parse(atob(app.tokens.access_token.split('.')[1])).sid");
  }

  /** Waits until it is so in the tab, be it seen or not. */
  static void awaitTrue(Page tab, String expression) {
    awaitTrue(tab, expression, MessageLog.PATIENCE);
  }

  private static void awaitTrue(Page tab, String expression, Duration atMost) {
    await(expression)
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(() -> tab.evaluate("Boolean(" + expression + ")").equals(true));
  }

  /** Waits until each of these tabs has been told, once; how it was. */
  static List<Learned> awaitLogout(List<Page> concerned) {
    for (Page tab : concerned) {
      try {
        // Whoever has tried in vain for long tries again every half minute.
        awaitTrue(tab, "app.logouts.length > 0", Duration.ofMinutes(1));
      } catch (ConditionTimeoutException e) {
        throw new AssertionError(
            tab.url() + " was not told:\n" + tab.evaluate("app.lines.join('\\n')"), e);
      }
    }
    return concerned.stream().map(AppTabs::learned).toList();
  }

  private static Learned learned(Page tab) {
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> logouts = (List<Map<String, Object>>) tab.evaluate("app.logouts");
    assertThat(logouts).as(tab.url()).hasSize(1);
    Map<String, Object> event = logouts.get(0);
    return new Learned(
        (String) event.get("via"),
        (String) event.get("reason"),
        (String) event.get("sid"),
        ((Number) event.get("at")).doubleValue()
            - Instant.parse((String) event.get("time")).toEpochMilli(),
        (String) event.get("visibility"));
  }
}
