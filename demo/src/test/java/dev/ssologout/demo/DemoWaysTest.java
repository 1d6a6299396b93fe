package dev.ssologout.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.ssologout.launcher.FreePort;
import java.io.PrintStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each button of the control page, with every page a site of its own ({@code --hosts}). */
@Tag("faults")
class DemoWaysTest {
  /** Keycloak looks for expired sessions every five minutes, and the button gives them one. */
  private static final Duration EXPIRY = Duration.ofMinutes(7);

  private static Stage stage;
  private static Chromium chromium;

  private BrowserContext window;

  @BeforeAll
  static void start() {
    chromium = Chromium.start();
    stage =
        Stage.start(
            new Stage.Plan(
                Places.of(FreePort.find(), FreePort::find, false, true),
                FreePort.find(),
                null,
                FreePort.find(),
                2),
            new Screen(new PrintStream(System.out, true), false, false),
            System.out::println);
  }

  @AfterAll
  static void end() {
    if (stage != null) {
      stage.close();
    }
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void open() {
    window = chromium.window(new Browser.NewContextOptions().setLocale("en"));
  }

  @AfterEach
  void close() {
    window.close();
  }

  private Page signIn(String app, String user) {
    Page page = window.newPage();
    page.navigate(stage.places().page(app) + "/");
    Chromium.signIn(page, user);
    Chromium.awaitListening(page);
    return page;
  }

  private Page control() {
    Page control = window.newPage();
    control.navigate(stage.places().page(Places.CONTROL) + "/");
    return control;
  }

  private static void isEnded(Page page, Duration patience) {
    assertThat(page.locator("h1"))
        .hasText(
            "You have been signed out",
            new LocatorAssertions.HasTextOptions().setTimeout(patience.toMillis()));
  }

  @ParameterizedTest
  @CsvSource({
    "user, account_logout",
    "admin, admin_logout",
    "password, credential_changed",
    "account, user_removed",
    "expiry, expired"
  })
  void endsTheSessionOnEverySite(String way, String reason) {
    stage.admin().createUser(RealmFiles.DEMO, way);
    Page shop = signIn(Places.SHOP, way);
    Page blog = signIn("blog", way);
    String sid = Chromium.sid(shop);
    assertThat(Chromium.sid(blog)).isEqualTo(sid);
    Page control = control();

    control.click("[data-do='" + way + "-" + sid + "']");

    Duration patience =
        way.equals("expiry") ? EXPIRY : Duration.ofMillis((long) Chromium.PATIENCE_MILLIS);
    isEnded(shop, patience);
    isEnded(blog, patience);
    Locator message = control.locator(".message[data-sid='" + sid + "']");
    assertThat(message).hasCount(1);
    for (String who : new String[] {reason, "shop-1", "shop-2", "Shop, a tab", "Blog, a tab"}) {
      assertThat(message).containsText(who);
    }
    System.out.println("  " + message.innerText().replace('\n', ' '));
  }

  @Test
  void tellsAfterwardsWhatEndedWhileRedisWasStopped() {
    Page shop = signIn(Places.SHOP, "alice");
    String sid = Chromium.sid(shop);
    Page control = control();
    Locator redis = control.locator("[data-do=process-redis]");
    redis.click();
    assertThat(redis).hasText("Start Redis");

    control.click("[data-do='admin-" + sid + "']");
    assertThat(control.locator(".session[data-sid='" + sid + "']")).hasCount(0);
    assertThat(control.locator(".message[data-sid='" + sid + "']")).hasCount(0);
    redis.click();

    Locator message = control.locator(".message[data-sid='" + sid + "']");
    assertThat(message).hasCount(1);
    for (String who : new String[] {"admin_logout", "shop-1", "shop-2"}) {
      assertThat(message).containsText(who);
    }
    isEnded(shop, Duration.ofMillis((long) Chromium.PATIENCE_MILLIS));
  }
}
