package dev.ssologout.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a person sees who plays with the demo. */
class DemoPagesTest {
  private static final Pattern ENDED = Pattern.compile("You have been signed out");
  private static Stage stage;
  private static Chromium chromium;

  private final List<String> blocked = new ArrayList<>();
  private BrowserContext window;

  @BeforeAll
  static void start() {
    chromium = Chromium.start();
    stage = RunningDemo.stage();
  }

  @AfterAll
  static void end() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void open() {
    window = newWindow();
  }

  @AfterEach
  void close() {
    window.close();
    assertThat(blocked).as("what a policy of ours kept from a page").isEmpty();
  }

  private BrowserContext newWindow() {
    BrowserContext opened = chromium.window(new Browser.NewContextOptions().setLocale("en"));
    opened.onConsoleMessage(this::notePolicy);
    return opened;
  }

  private void notePolicy(ConsoleMessage message) {
    if (message.text().contains("Content Security Policy")) {
      blocked.add(message.text());
    }
  }

  private static String url(String page) {
    return stage.places().page(page) + "/";
  }

  /** Signs in at an app, and waits until its page listens. */
  private Page signIn(String app, String user) {
    Page page = window.newPage();
    page.navigate(url(app));
    Chromium.signIn(page, user);
    Chromium.awaitListening(page);
    return page;
  }

  private static void isEnded(Page page, String reason) {
    assertThat(page.locator("h1")).hasText(ENDED);
    assertThat(page.locator(".lead")).containsText(reason);
    System.out.println(
        "  " + page.title() + ": " + page.locator(".log").innerText().replace('\n', ' '));
  }

  @Test
  void thePageChangesWhenAnAdministratorSignsTheUserOut() {
    Page shop = signIn(Places.SHOP, "alice");
    assertThat(shop.locator("[data-slot=users]")).containsText("Alice Demo");

    stage.admin().signOut(RealmFiles.DEMO, "alice");

    isEnded(shop, "An administrator");
    assertThat(shop.locator(".log")).containsText("the app’s own server");
    assertThat(shop.evaluate("async () => (await fetch('/api/user')).status")).isEqualTo(401);
  }

  @Test
  void scenarioOneSignsOutAtTheHub() {
    Page hub = signIn(Places.HUB, "alice");
    Page blog = window.waitForPage(() -> hub.click("[data-open=blog] >> nth=0"));
    blog.click("#sign-in");
    assertThat(blog.locator("#sign-out")).isVisible();
    Page wiki = signIn("wiki", "alice");

    hub.click("#scenario-1");

    assertThat(hub.locator("h1")).hasText("See you soon");
    isEnded(blog, "");
    isEnded(wiki, "another app");
  }

  @Test
  void scenarioTwoSignsOutAtAnApp() {
    Page hub = signIn(Places.HUB, "bob");
    Page blog = signIn("blog", "bob");
    Page wiki = signIn("wiki", "bob");

    blog.click("#sign-out");

    assertThat(blog.locator("h1")).hasText("See you soon");
    isEnded(hub, "another app");
    isEnded(wiki, "another app");
  }

  @Test
  void scenarioThreeSignsOutWithTheStorageOfTheHub() {
    Page hub = signIn(Places.HUB, "alice");
    Page wiki = signIn("wiki", "alice");

    hub.evaluate("() => localStorage.clear()");

    assertThat(hub.locator("h1")).hasText("See you soon");
    isEnded(wiki, "another app");
  }

  @Test
  void aLinkOfAnotherSiteSignsNobodyOut() {
    Page shop = signIn(Places.SHOP, "bob");
    Page elsewhere = window.newPage();
    elsewhere.navigate(url(Places.CONTROL));
    elsewhere.evaluate("url => { location.href = url }", url(Places.SHOP) + "auth/logout");
    elsewhere.waitForURL(url(Places.SHOP));
    assertThat(elsewhere.locator("#sign-out")).isVisible();
    assertThat(shop.locator("#sign-out")).isVisible();

    shop.navigate(url(Places.SHOP) + "auth/logout");
    assertThat(shop.locator("h1")).hasText("See you soon");
    isEnded(elsewhere, "another app");
  }

  private Page studio() {
    assumeTrue(stage.places().hasStudio(), "needs npm, and oidc-client-ts from its registry");
    Page page = window.newPage();
    page.navigate(url(Places.STUDIO));
    return page;
  }

  private Page signInByPopup() {
    Page page = studio();
    Page popup = page.waitForPopup(() -> page.click("#popup"));
    Chromium.password(popup, "alice");
    assertThat(page.locator("h1")).hasText("Hello, Alice Demo");
    return page;
  }

  @Test
  void signsInInAPopupRefreshesAndSignsInSilently() {
    Page page = signInByPopup();
    assertThat(page.locator("[data-slot=claims]")).containsText("Administrators");

    page.click("#refresh");
    assertThat(page.locator("[data-slot=tokens]")).containsText("1 times");
    page.click("#refresh");
    assertThat(page.locator("[data-slot=tokens]")).containsText("2 times");
    page.click("#call-api");
    assertThat(page.locator(".notice")).isHidden();
    assertThat((String) page.evaluate("() => JSON.stringify([localStorage, sessionStorage])"))
        .as("the browser's storage")
        .doesNotContain("eyJ");

    Page second = studio();
    second.click("#silent");
    assertThat(second.locator("h1")).hasText("Hello, Alice Demo");

    stage.admin().signOut(RealmFiles.MAX_PLATFORM, "alice");
    isEnded(page, "An administrator");
    isEnded(second, "An administrator");
  }

  @Test
  void twoRefreshesAtOnceAreOne() {
    Page page = signInByPopup();
    page.evaluate(
        "() => { const button = document.getElementById('refresh'); button.click(); button.click();"
            + " }");
    assertThat(page.locator("[data-slot=tokens]")).containsText("1 times");
    page.click("#refresh");
    assertThat(page.locator("[data-slot=tokens]")).containsText("2 times");
  }

  @Test
  void signsOutFromTheSinglePageApp() {
    Page page = signInByPopup();
    Page second = studio();
    second.click("#silent");
    assertThat(second.locator("#sign-out")).isVisible();

    page.click("#sign-out");

    assertThat(page.locator("#popup")).isVisible();
    isEnded(second, "");
    page.click("#silent");
    assertThat(page.locator(".notice")).containsText("Nobody is signed in");
  }

  @Test
  void saysThatThePopupWasClosed() {
    Page page = studio();
    Page popup = page.waitForPopup(() -> page.click("#popup"));
    popup.waitForSelector("#username");
    popup.close();
    assertThat(page.locator(".notice")).containsText("The popup was closed");
    assertThat(page.locator("#popup")).isVisible();
  }

  @Test
  void saysThatThePopupWasBlocked() {
    assumeTrue(stage.places().hasStudio(), "needs npm, and oidc-client-ts from its registry");
    Page page = window.newPage();
    // What a page gets whose popups are blocked; Chromium without a window blocks none.
    page.addInitScript("window.open = () => null");
    page.navigate(url(Places.STUDIO));
    page.click("#popup");
    assertThat(page.locator(".notice")).containsText("The popup was blocked");
  }

  @Test
  void theControlPageEndsASessionAndShowsWhoHeardOfIt() {
    Page shop = signIn(Places.SHOP, "bob");
    String sid = Chromium.sid(shop);
    Page control = window.newPage();
    control.navigate(url(Places.CONTROL));

    control.click("[data-do='admin-" + sid + "']");

    isEnded(shop, "An administrator");
    Locator message = control.locator(".message[data-sid='" + sid + "']");
    assertThat(message).containsText("admin_logout");
    for (String who : List.of("shop-1", "shop-2", "logout token", "Shop, a tab")) {
      assertThat(message).containsText(who);
    }
  }

  @Test
  void aKilledReplicaSignsNobodyOut() {
    Page shop = signIn(Places.SHOP, "alice");
    Page control = window.newPage();
    control.navigate(url(Places.CONTROL));

    control.click("[data-do=process-shop-2]");
    assertThat(control.locator("[data-do=process-shop-2]")).hasText("Start");
    for (int i = 0; i < 4; i++) {
      assertThat(shop.evaluate("async () => (await fetch('/api/user')).status")).isEqualTo(200);
    }
    control.click("[data-do=process-shop-2]");
    assertThat(control.locator("[data-do=process-shop-2]")).hasText("Kill");

    stage.admin().signOut(RealmFiles.DEMO, "alice");
    isEnded(shop, "An administrator");
  }

  @Test
  void theControlPageTakesOrdersFromItselfAlone() throws Exception {
    for (String origin : List.of(url(Places.SHOP).replaceFirst("/$", ""), "null")) {
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(url(Places.CONTROL) + "api/process"))
                      .header("Content-Type", "application/json")
                      .header("Origin", origin)
                      .POST(
                          HttpRequest.BodyPublishers.ofString(
                              "{\"name\":\"redis\",\"action\":\"stop\"}"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(403);
    }
    assertThat(stage.processStates()).allMatch(Stage.ProcessState::up);
  }
}
