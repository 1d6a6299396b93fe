package dev.ssologout.testsuite;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.ssologout.message.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page on which people see where they are signed in, in a real browser. */
@IntegrationTest
class SsoSessionsPageTest {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final LocatorAssertions.HasCountOptions PATIENTLY =
      new LocatorAssertions.HasCountOptions().setTimeout(MessageLog.PATIENCE.toMillis());

  private static Chromium chromium;

  private final List<String> complaints = new ArrayList<>();

  @BeforeAll
  static void start() {
    chromium = Chromium.start();
  }

  @AfterAll
  static void stop() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @Test
  void showsSessionsAndSignsOutOfOneByKeyboard(TestRealm realm) {
    realm.updateClient("shop", client -> client.setName("<b>Shop</b> & more"));
    Login there = realm.signIn("alice", "shop");
    realm.signIn("bob", "shop");
    Page page = open(realm, options("en"));

    assertThat(page).hasTitle("Where you are signed in – " + realm.name());
    assertThat(rows(page)).hasCount(2);
    assertThat(rows(page).first().locator(".current")).isVisible();
    assertThat(rows(page).first()).containsText("Account Console");
    assertThat(rows(page).last().locator(".current")).isHidden();
    assertThat(rows(page).last()).containsText("<b>Shop</b> & more");
    for (int i = 0; i < 20 && !focused(page, rows(page).last().locator(".end")); i++) {
      page.keyboard().press("Tab");
    }
    page.keyboard().press("Enter");

    assertThat(rows(page)).hasCount(1);
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("Signed out");
    assertThat(focused(page, rows(page).first().locator(".end"))).isTrue();
    assertThat(page.locator("#end-others")).isHidden();
    assertThat(realm.messages().awaitOne())
        .satisfies(
            message -> {
              assertThat(message.sid()).isEqualTo(there.sid());
              assertThat(message.reason()).isEqualTo(Reason.ACCOUNT_LOGOUT);
            });
    assertThat(complaints).isEmpty();
  }

  @Test
  void signsOutEverywhereElse(TestRealm realm) {
    realm.signIn("alice", "shop").userAgent().alsoOfflineAt("blog");
    realm.signIn("alice", "blog");
    Page page = open(realm, options("en"));
    assertThat(rows(page)).hasCount(4);
    assertThat(page.locator(".offline:visible")).hasCount(1);

    page.locator("#end-others").click();
    page.keyboard().press("Enter");
    assertThat(page.locator("dialog")).isHidden();
    assertThat(rows(page)).hasCount(4);
    page.locator("#end-others").click();
    page.locator("#confirm-yes").click();

    assertThat(rows(page)).hasCount(1);
    assertThat(page.getByText("You are signed out everywhere else.")).isVisible();
    assertThat(realm.messages().awaitExactly(3)).hasSize(3);
    assertThat(complaints).isEmpty();
  }

  @Test
  void showsWhatEndsElsewhere(TestRealm realm) {
    Login there = realm.signIn("alice", "shop");
    Page page = open(realm, options("en"));
    assertThat(rows(page)).hasCount(2);

    realm.admin().deleteSession(there.sid(), false);
    assertThat(rows(page)).hasCount(1, PATIENTLY);
    realm.admin().users().get(realm.userId("alice")).logout();

    assertThat(rows(page)).hasCount(0, PATIENTLY);
    assertThat(page.getByText("You are signed out here.")).isVisible();
    page.reload();
    assertThat(page.getByText("You are not signed in in this browser.")).isVisible();
  }

  @Test
  void speaksTheLanguageOfTheUser(TestRealm realm) {
    Page page = open(realm, options("ko-KR"));
    assertThat(page.locator("html")).hasAttribute("lang", "ko");
    assertThat(page.locator("h1")).hasText("로그인된 기기");
    assertThat(rows(page).first()).containsText("현재 세션");

    realm.update(
        settings -> {
          settings.setInternationalizationEnabled(true);
          settings.setSupportedLocales(Set.of("en", "ko"));
          settings.setDefaultLocale("ko");
        });
    assertThat(open(realm, options("fr")).locator("html")).hasAttribute("lang", "ko");
  }

  @Test
  void leadsWhoIsNotSignedInToKeycloaksOwnPage(TestRealm realm) {
    Page page = chromium.window(options("en")).newPage();

    Response response =
        page.navigate(realm.issuer() + "/sso-sessions/ui?redirect_uri=https://evil.example");

    assertThat(response.status()).isEqualTo(401);
    assertThat(page.getByText("Sign in").last().getAttribute("href"))
        .isEqualTo("/realms/" + realm.name() + "/account/");
  }

  @Test
  void isShutAgainstOtherPagesAndScripts(TestRealm realm) {
    Page page = open(realm, options("en"));

    Response response = page.navigate(realm.issuer() + "/sso-sessions/ui");

    Map<String, String> headers = response.allHeaders();
    assertThat(headers)
        .containsEntry("cache-control", "no-store")
        .containsEntry("x-frame-options", "DENY")
        .containsEntry("x-content-type-options", "nosniff")
        .containsEntry("referrer-policy", "no-referrer");
    assertThat(headers.get("content-security-policy"))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("unsafe", "*");
    assertThat(page.content()).doesNotContain("<script>", "onclick", "style=");
  }

  /** The pictures are for people to look at; what is held is that nothing sticks out. */
  @ParameterizedTest
  @CsvSource({
    "en, LIGHT, 1200",
    "en, DARK, 1200",
    "en, LIGHT, 360",
    "ko, DARK, 360",
    "ko, LIGHT, 1200"
  })
  void fitsEveryWindow(String language, ColorScheme colors, int width, TestRealm realm) {
    realm.updateClient("shop", client -> client.setName("A shop with quite a long name indeed"));
    realm.signIn("alice", "shop").userAgent().alsoOfflineAt("blog");
    Page page = open(realm, options(language).setColorScheme(colors).setViewportSize(width, 900));
    assertThat(rows(page)).hasCount(3);

    page.screenshot(
        new Page.ScreenshotOptions()
            .setFullPage(true)
            .setPath(
                SCREENSHOTS.resolve(
                    "sso-sessions-%s-%s-%d.png".formatted(language, colors, width).toLowerCase())));

    assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(width);
    assertThat(complaints).isEmpty();
  }

  private static Browser.NewContextOptions options(String locale) {
    return new Browser.NewContextOptions().setLocale(locale);
  }

  /** Opens the page as alice, who signs in. */
  private Page open(TestRealm realm, Browser.NewContextOptions options) {
    BrowserContext window = chromium.window(options);
    Page page = window.newPage();
    realm.signIn("alice", page);
    page.onPageError(complaints::add);
    page.onConsoleMessage(
        message -> {
          if (message.text().contains("Content Security Policy")) {
            complaints.add(message.text());
          }
        });
    page.navigate(realm.issuer() + "/sso-sessions/ui");
    assertThat(rows(page).first()).isVisible();
    return page;
  }

  private static Locator rows(Page page) {
    return page.locator(".session");
  }

  private static boolean focused(Page page, Locator element) {
    return (Boolean) element.evaluate("element => element === document.activeElement");
  }
}
