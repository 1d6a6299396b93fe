package dev.ssologout.testsuite;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.WaitUntilState;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.representations.idm.RealmRepresentation;

/** The pages of the theme, in a real browser, with a policy that lets no script into a page. */
@IntegrationTest
class LogoutPagesTest {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final String STRICT =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src"
          + " 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";
  private static final String AXE = resource("/axe.min.js");

  /** Keeps what is said on Keycloak's origin; a word of our own ends it. */
  private static final String LISTEN =
      """
      () => {
        globalThis.heard = [];
        globalThis.channel = new BroadcastChannel('sso_logout');
        channel.onmessage = ({ data }) => heard.push(data);
      }
      """;

  private static Chromium chromium;
  private static FrontChannelApps apps;

  private final List<String> complaints = new ArrayList<>();

  @BeforeAll
  static void start() {
    chromium = Chromium.start();
    apps = new FrontChannelApps();
  }

  @AfterAll
  static void stop() {
    if (chromium != null) {
      apps.close();
      chromium.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"en, LIGHT, 1280", "ko, DARK, 360"})
  void areReadableInEveryWindow(String language, ColorScheme colors, int width, Stack stack) {
    show(language, colors, width, stack);
  }

  @Tag("browsers")
  @ParameterizedTest
  @CsvSource({
    "en, LIGHT, 360",
    "en, DARK, 360",
    "en, DARK, 1280",
    "ko, LIGHT, 360",
    "ko, LIGHT, 1280",
    "ko, DARK, 1280"
  })
  void areReadableInEveryOtherWindow(String language, ColorScheme colors, int width, Stack stack) {
    show(language, colors, width, stack);
  }

  /** Opens each page; the pictures of them are for people to look at. */
  private void show(String language, ColorScheme colors, int width, Stack stack) {
    try (TestRealm realm = themedRealm(stack)) {
      Gallery gallery = new Gallery(realm, language, colors, width);
      Page page = gallery.page;

      Login alice = gallery.signIn();
      page.navigate(gallery.logoutUri(Map.of("client_id", "shop")));
      assertThat(page.locator(".sso-app"))
          .hasText(
              language.equals("ko")
                  ? new String[] {"Back office", "Photo Shop", "계정"}
                  : new String[] {"Account", "Back office", "Photo Shop"});
      gallery.show("logout-confirm", gallery.text("Sign out?", "로그아웃하시겠습니까?"));

      page.locator("#kc-logout").click();
      assertThat(page.locator(".sso-app")).hasCount(3);
      gallery.show("signed-out", gallery.text("You are signed out", "로그아웃되었습니다"));

      gallery.open("/session-ended?client_id=shop&reason=expired");
      gallery.show("session-expired", gallery.text("Your session has expired", "세션이 만료되었습니다"));

      Login again = gallery.signIn();
      assertThat(again.sid()).isNotEqualTo(alice.sid());
      realm.admin().deleteSession(again.sid(), false);
      gallery.open("/session-ended?client_id=shop&reason=admin_logout");
      gallery.show(
          "signed-out-elsewhere",
          gallery.text("An administrator has ended your session", "관리자가 세션을 종료했습니다"));

      page.navigate(gallery.loginUri());
      assertThat(page.locator(".pf-v5-c-alert"))
          .containsText(gallery.text("An administrator has ended your session", "관리자가 세션을 종료했습니다"));
      gallery.picture("login");
      gallery.forgetKeycloaksOwnComplaints();

      gallery.signIn();
      gallery.open("/session-ended?reason=account_logout");
      gallery.openLanguages();
      gallery.show("signed-in", gallery.text("You are signed in", "로그인되어 있습니다"));

      gallery.expectError();
      page.navigate(
          gallery.logoutUri(
              Map.of("client_id", "shop", "post_logout_redirect_uri", "https://evil.example/")));
      gallery.show("error", gallery.text("Something went wrong", "문제가 발생했습니다"));

      gallery.openExpiredPage();
      gallery.show("page-expired", gallery.text("Page has expired", "페이지가 만료되었습니다"));

      gallery.signIn();
      gallery.signOutByFrames();
      assertThat(page.locator("[data-state=done] .sso-app")).hasText("Photo Shop");
      assertThat(page.locator("[data-state=waiting] .sso-app")).hasText("Back office");
      gallery.show("signing-out", gallery.text("Signing you out…", "로그아웃하는 중…"));

      page.clock().fastForward(5_000);
      assertThat(page.locator("[data-state=late] .sso-app")).hasText("Back office");
      gallery.show("signed-out-by-frames", gallery.text("You are signed out", "로그아웃되었습니다"));
      gallery.close();
    }
  }

  /** A browser window in which everything is held that has to be so on every page. */
  private final class Gallery {
    private final TestRealm realm;
    private final String language;
    private final ColorScheme colors;
    private final int width;
    private final BrowserContext window;
    private final Page page;
    private final List<String> foreign = new ArrayList<>();

    Gallery(TestRealm realm, String language, ColorScheme colors, int width) {
      this.realm = realm;
      this.language = language;
      this.colors = colors;
      this.width = width;
      window =
          chromium.window(
              new Browser.NewContextOptions()
                  .setLocale(language)
                  .setColorScheme(colors)
                  .setViewportSize(width, 800));
      page = window.newPage();
      page.clock().install();
      listen(page);
      window.onRequest(
          request -> {
            if (!request.url().startsWith(realm.stack().url() + "/")
                && !request.url().startsWith(apps.origin() + "/")) {
              foreign.add(request.url());
            }
          });
    }

    String text(String english, String korean) {
      return language.equals("ko") ? korean : english;
    }

    Login signIn() {
      // A page of a sign-in that waits goes on by itself once it sees the cookies.
      page.navigate("about:blank");
      return LogoutPagesTest.signIn(realm, window);
    }

    String logoutUri(Map<String, String> query) {
      return uri(realm, "/protocol/openid-connect/logout", query);
    }

    String loginUri() {
      return LogoutPagesTest.loginUri(realm);
    }

    /** Its login page has scripts in it, which the policy stops. */
    void forgetKeycloaksOwnComplaints() {
      complaints.clear();
    }

    void open(String path) {
      page.navigate(realm.issuer() + path);
    }

    void openLanguages() {
      page.locator(".sso-languages summary").click();
      assertThat(page.locator(".sso-languages a")).hasCount(2);
    }

    /** The browser itself says so of a page with an error's status. */
    void expectError() {
      page.onResponse(response -> complaints.removeIf(text -> text.contains("400")));
    }

    /** As somebody sees it who sends an old form. */
    void openExpiredPage() {
      window.clearCookies();
      page.navigate(loginUri());
      String action = page.locator("#kc-form-login").getAttribute("action");
      forgetKeycloaksOwnComplaints();
      page.navigate(
          action
              .replaceAll("execution=[^&]*", "execution=another")
              .replaceAll("session_code=[^&]*", "session_code=old"));
    }

    void signOutByFrames() {
      page.navigate(logoutUri(Map.of("client_id", "wiki")));
      for (String client : List.of("shop", "blog")) {
        frontChannel(realm, client, client.equals("shop") ? "/answers" : "/hangs");
      }
      page.locator("#kc-logout").evaluate("button => { setTimeout(() => button.click()) }");
      page.waitForURL(
          url -> url.contains("/logout-confirm"),
          new Page.WaitForURLOptions().setWaitUntil(WaitUntilState.COMMIT));
    }

    void show(String name, String heading) {
      assertThat(page.locator("h1")).hasText(heading);
      assertThat(page).hasTitle(heading + " – Example");
      assertThat(page.locator("html")).hasAttribute("lang", language);
      boolean dark = colors == ColorScheme.DARK;
      assertThat((String) page.locator("html").getAttribute("class"))
          .matches(classes -> dark == classes.contains("pf-v5-theme-dark"));
      picture(name);
      assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
          .as("width of %s", name)
          .isLessThanOrEqualTo(width);
      assertThat(violations(page)).as("what axe finds on %s", name).isEmpty();
      showsWhereTheFocusIs(name);
      assertThat(complaints).as("complaints of %s", name).isEmpty();
      assertThat(foreign).as("requests to others from %s", name).isEmpty();
    }

    void picture(String name) {
      page.screenshot(
          new Page.ScreenshotOptions()
              .setFullPage(true)
              .setPath(
                  SCREENSHOTS.resolve(
                      "%s-%s-%s-%d.png".formatted(name, language, colors, width).toLowerCase())));
    }

    private void showsWhereTheFocusIs(String name) {
      int stops = page.locator("main :is(a, button, summary):visible").count();
      Locator focused = page.locator("main :is(a, button, summary):focus-visible");
      Set<String> reached = new HashSet<>();
      // It begins where the last click was, and leaves the page once.
      for (int i = 0; i < stops + 2; i++) {
        page.keyboard().press("Tab");
        if (focused.count() == 1) {
          assertThat((String) focused.evaluate("element => getComputedStyle(element).outlineStyle"))
              .as("outline on %s", name)
              .isEqualTo("solid");
          reached.add((String) focused.evaluate("element => element.outerHTML"));
        }
      }
      assertThat(reached).as("what the keyboard reaches on %s", name).hasSize(stops);
    }

    void close() {
      window.close();
    }
  }

  private void listen(Page page) {
    page.onPageError(complaints::add);
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error") || message.type().equals("warning")) {
            complaints.add(message.text());
          }
        });
  }

  /** What axe takes for serious or critical. */
  @SuppressWarnings("unchecked")
  private static List<String> violations(Page page) {
    page.evaluate(AXE);
    return (List<String>)
        page.evaluate(
            """
            async () => {
              const { violations } = await axe.run(document, { iframes: false });
              return violations
                .filter(({ impact }) => impact === 'serious' || impact === 'critical')
                .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
            }
            """);
  }

  private static TestRealm themedRealm(Stack stack) {
    return stack.createRealm(LogoutPagesTest::withTheme);
  }

  private static void withTheme(RealmRepresentation realm) {
    realm.setLoginTheme("sso-logout");
    realm.setDisplayName("Example");
    realm.setInternationalizationEnabled(true);
    realm.setSupportedLocales(Set.of("en", "ko"));
    realm.setDefaultLocale("en");
    realm.setBrowserSecurityHeaders(new HashMap<>(Map.of("contentSecurityPolicy", STRICT)));
    realm.getClients().add(TestRealm.client("wiki"));
    realm
        .getClients()
        .forEach(
            client -> {
              client.setBaseUrl(apps.origin() + "/" + client.getClientId());
              client.setName(
                  Map.of("shop", "Photo Shop", "blog", "Back office", "wiki", "${client_account}")
                      .get(client.getClientId()));
              client.getAttributes().put("post.logout.redirect.uris", apps.origin() + "/bye");
            });
  }

  /** Has the client sign its users out by a frame. */
  private static void frontChannel(TestRealm realm, String clientId, String path) {
    realm.updateClient(
        clientId,
        client -> {
          client.setFrontchannelLogout(true);
          client.getAttributes().put("frontchannel.logout.url", apps.origin() + path);
        });
  }

  /** Signs alice in at three apps, and gives the window her cookies. */
  private static Login signIn(TestRealm realm, BrowserContext window) {
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");
    login.userAgent().alsoAt("wiki");
    window.clearCookies();
    window.addCookies(
        Arrays.stream(login.userAgent().cookieHeader().split("; "))
            .map(pair -> pair.split("=", 2))
            .map(pair -> new Cookie(pair[0], pair[1]).setUrl(realm.issuer() + "/"))
            .toList());
    return login;
  }

  private static String loginUri(TestRealm realm) {
    return uri(
        realm,
        "/protocol/openid-connect/auth",
        Map.of(
            "client_id",
            "shop",
            "redirect_uri",
            TestRealm.redirectUri("shop"),
            "response_type",
            "code",
            "scope",
            "openid"));
  }

  private static String uri(TestRealm realm, String path, Map<String, String> query) {
    List<String> pairs = new ArrayList<>();
    query.forEach(
        (name, value) -> pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return realm.issuer() + path + "?" + String.join("&", pairs);
  }

  private static String resource(String name) {
    try (InputStream resource = LogoutPagesTest.class.getResourceAsStream(name)) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A page of Keycloak's own origin that listens. */
  private static Page listener(TestRealm realm, BrowserContext window) {
    Page listener = window.newPage();
    listener.navigate(realm.issuer() + "/.well-known/openid-configuration");
    listener.evaluate(LISTEN);
    return listener;
  }

  /** What the listener has heard, all of it. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> heard(Page listener) {
    Page last = listener.context().newPage();
    last.navigate(listener.url());
    last.evaluate("new BroadcastChannel('sso_logout').postMessage('last')");
    listener.waitForFunction("heard.at(-1) === 'last'");
    last.close();
    return (List<Map<String, Object>>) listener.evaluate("heard.splice(0).slice(0, -1)");
  }

  @Test
  void tellKeycloaksOtherPagesOnceTheSessionHasEnded(Stack stack) {
    try (TestRealm realm = themedRealm(stack);
        BrowserContext window = chromium.window(new Browser.NewContextOptions())) {
      String sid = signIn(realm, window).sid();
      Page listener = listener(realm, window);
      Page page = window.newPage();

      page.navigate(uri(realm, "/protocol/openid-connect/logout", Map.of("client_id", "shop")));
      page.navigate(realm.issuer() + "/session-ended?reason=admin_logout");
      assertThat(page.locator("h1")).hasText("You are signed in");
      assertThat(heard(listener)).as("while it lives").isEmpty();

      page.navigate(uri(realm, "/protocol/openid-connect/logout", Map.of("client_id", "shop")));
      page.locator("#kc-logout").click();
      assertThat(page.locator("h1")).hasText("You are signed out");

      assertThat(heard(listener))
          .singleElement()
          .satisfies(
              message ->
                  assertThat(message)
                      .containsEntry("type", "SSO_LOGOUT")
                      .containsEntry("realm", realm.name())
                      .containsEntry("sid", sid)
                      .containsEntry("reason", "logout")
                      .containsEntry("initiator", "user")
                      .containsKey("time"));
      page.navigate(realm.issuer() + "/session-ended?reason=admin_logout");
      assertThat(page.locator("h1")).hasText("An administrator has ended your session");
      assertThat(heard(listener)).as("by a link that anybody can make").isEmpty();
    }
  }

  @Test
  void sayWhyWhoeverAsks(Stack stack) {
    try (TestRealm realm = themedRealm(stack);
        BrowserContext window = chromium.window(new Browser.NewContextOptions())) {
      Login login = signIn(realm, window);
      Page listener = listener(realm, window);
      Page page = window.newPage();
      realm.admin().deleteSession(login.sid(), false);
      realm.messages().awaitOne();

      // Keycloak knows better than the link.
      page.navigate(realm.issuer() + "/session-ended?client_id=shop&reason=expired");
      assertThat(page.locator("h1")).hasText("An administrator has ended your session");
      assertThat(page.getByText("Sign in to Photo Shop again"))
          .hasAttribute("href", apps.origin() + "/shop");
      assertThat(heard(listener))
          .singleElement()
          .satisfies(
              message ->
                  assertThat(message)
                      .containsEntry("sid", login.sid())
                      .containsEntry("reason", "admin_logout"));

      page.navigate(loginUri(realm));
      assertThat(page.locator(".pf-v5-c-alert"))
          .containsText("An administrator has ended your session");
      assertThat(page.locator("#kc-login")).isVisible();
    }
  }

  @Test
  void sayThatTheTimeIsOver(Stack stack) {
    try (TestRealm realm =
        stack.createRealm(
            settings -> {
              withTheme(settings);
              settings.setSsoSessionMaxLifespan(2);
            })) {
      UserAgent alice = realm.signIn("alice", "shop").userAgent();
      URI page = URI.create(realm.issuer() + "/session-ended");

      await("expiry")
          .atMost(MessageLog.PATIENCE)
          .until(() -> alice.get(page, Map.of()).body().contains("Your session has expired"));

      assertThat(alice.authorize("shop", Map.of()).body()).contains("Your session has expired");
      assertThat(realm.userAgent().authorize("shop", Map.of()).body())
          .doesNotContain("Your session has");
    }
  }

  @Test
  void goOnToTheAppOnceEveryFrameHasAnswered(Stack stack) {
    try (TestRealm realm = themedRealm(stack);
        BrowserContext window = chromium.window(new Browser.NewContextOptions())) {
      frontChannel(realm, "shop", "/answers");
      frontChannel(realm, "blog", "/answers");
      Login login = signIn(realm, window);
      Page listener = listener(realm, window);
      Page page = window.newPage();
      listen(page);

      page.navigate(
          uri(
              realm,
              "/protocol/openid-connect/logout",
              Map.of(
                  "id_token_hint",
                  login.idToken(),
                  "post_logout_redirect_uri",
                  apps.origin() + "/bye")));

      page.waitForURL(apps.origin() + "/bye");
      assertThat(apps.requests().stream().filter(request -> request.contains(login.sid())))
          .hasSize(2);
      assertThat(heard(listener))
          .singleElement()
          .satisfies(message -> assertThat(message).containsEntry("sid", login.sid()));
      assertThat(complaints).isEmpty();
    }
  }

  @Test
  void changeTheLanguageAndKeepTheReason(Stack stack) {
    try (TestRealm realm = themedRealm(stack);
        BrowserContext window = chromium.window(new Browser.NewContextOptions().setLocale("en"))) {
      Page page = window.newPage();
      page.navigate(realm.issuer() + "/session-ended?client_id=shop&reason=session_limit");
      assertThat(page.locator("h1")).hasText("You have signed in somewhere else");

      page.locator(".sso-languages summary").click();
      page.locator(".sso-languages a[hreflang=ko]").click();

      assertThat(page.locator("h1")).hasText("다른 곳에서 로그인했습니다");
      assertThat(page.locator(".sso-actions a")).hasText("Photo Shop에 다시 로그인");
    }
  }

  @Test
  void leadBackToWhereTheAppWants(Stack stack) {
    try (TestRealm realm = themedRealm(stack)) {
      realm.updateClient(
          "shop", client -> client.getAttributes().put("logout.confirmation.enabled", "true"));
      Login alice = realm.signIn("alice", "shop");

      HttpResponse<String> page =
          alice
              .userAgent()
              .get(
                  alice.userAgent().endpoint("logout"),
                  Map.of(
                      "id_token_hint",
                      alice.idToken(),
                      "post_logout_redirect_uri",
                      apps.origin() + "/bye",
                      "state",
                      "s"));

      assertThat(page.body())
          .contains("You are signed out", "Back to Photo Shop", "Sign in again")
          .contains("href=\"" + apps.origin() + "/bye?state=s\"")
          .contains("href=\"/realms/" + realm.name() + "/account/\"");
    }
  }

  @Test
  void canBeBuiltOn(Stack stack) {
    try (TestRealm realm =
            stack.createRealm(
                settings -> {
                  withTheme(settings);
                  settings.setLoginTheme("built-on-sso-logout");
                });
        BrowserContext window = chromium.window(new Browser.NewContextOptions().setLocale("en"))) {
      Page page = window.newPage();
      page.navigate(realm.issuer() + "/session-ended?reason=expired");

      assertThat(page.locator("h1")).hasText("Time for a break?");
      assertThat(page.locator(".sso-symbol")).hasCSS("color", "rgb(1, 2, 3)");
    }
  }

  @Test
  void tellNobodyOfAnothersApps(Stack stack) {
    try (TestRealm realm = themedRealm(stack)) {
      Login alice = realm.signIn("alice", "shop");
      alice.userAgent().alsoAt("blog");
      UserAgent bob = realm.signIn("bob", "shop").userAgent();

      HttpResponse<String> page =
          bob.get(bob.endpoint("logout"), Map.of("id_token_hint", alice.idToken()));

      assertThat(page.body()).contains("Do you want to sign out?").doesNotContain("Back office");
      assertThat(bob.get(bob.endpoint("logout"), Map.of()).body()).contains("Photo Shop");
    }
  }

  @Test
  void takeNothingFromALinkButWhatIsKnown(Stack stack) {
    try (TestRealm realm = themedRealm(stack)) {
      UserAgent anybody = realm.userAgent();
      HttpResponse<String> page =
          anybody.get(
              URI.create(realm.issuer() + "/session-ended"),
              Map.of(
                  "client_id",
                  "<script>alert(1)</script>",
                  "reason",
                  "\"><script>alert(1)</script>",
                  "redirect_uri",
                  "https://evil.example/"));

      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
      assertThat(page.headers().firstValue("Content-Security-Policy")).contains(STRICT);
      assertThat(page.body())
          .contains("Your session has ended")
          .doesNotContain("alert(1)", "evil.example");
    }
  }

  @Test
  void areNotThereForAnotherTheme(TestRealm realm) {
    HttpResponse<String> answer =
        realm.userAgent().get(URI.create(realm.issuer() + "/session-ended"), Map.of());

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains("login theme");
    UserAgent alice = realm.signIn("alice", "shop").userAgent();
    assertThat(alice.get(alice.endpoint("logout"), Map.of()).body())
        .contains("Do you want to log out?")
        .doesNotContain("sso-logout");
  }

  @Test
  void workWithKeycloaksOwnPolicy(Stack stack) {
    try (TestRealm realm =
            stack.createRealm(
                settings -> {
                  withTheme(settings);
                  settings.setBrowserSecurityHeaders(null);
                });
        BrowserContext window = chromium.window(new Browser.NewContextOptions())) {
      signIn(realm, window);
      Page page = window.newPage();
      listen(page);
      Response response =
          page.navigate(uri(realm, "/protocol/openid-connect/logout", Map.of("client_id", "shop")));

      assertThat(response.headerValue("content-security-policy"))
          .isEqualTo("frame-src 'self'; frame-ancestors 'self'; object-src 'none';");
      page.locator("#kc-logout").click();
      assertThat(page.locator("h1")).hasText("You are signed out");
      assertThat(complaints).isEmpty();
    }
  }
}
