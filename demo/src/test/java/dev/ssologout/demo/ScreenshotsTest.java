package dev.ssologout.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Takes pictures of every page, for eyes to look at, and puts those of the README where that has
 * them; {@code bin/screenshots} runs it.
 */
@Tag("screenshots")
class ScreenshotsTest {
  private static final int PHONE_WIDTH = 500;
  private static final int LARGEST_BYTES = 150_000;
  private static final Path PICTURES = Path.of(Stage.property("demo.work"), "screenshots");

  private final Stage stage = RunningDemo.stage();

  /** How the pages are looked at. */
  private enum Look {
    LIGHT(1200, 800, ColorScheme.LIGHT),
    DARK(1200, 800, ColorScheme.DARK),
    PHONE(390, 844, ColorScheme.LIGHT);

    private final int width;
    private final int height;
    private final ColorScheme colours;

    Look(int width, int height, ColorScheme colours) {
      this.width = width;
      this.height = height;
      this.colours = colours;
    }
  }

  @Test
  void takesPictures() throws IOException {
    Files.createDirectories(PICTURES);
    try (Chromium chromium = Chromium.start()) {
      for (String language : List.of("en", "ko")) {
        for (Look look : Look.values()) {
          try (BrowserContext window =
              chromium.window(
                  new Browser.NewContextOptions()
                      .setLocale(language)
                      .setColorScheme(look.colours)
                      .setViewportSize(look.width, look.height))) {
            take(window, "-" + look.name().toLowerCase(Locale.ROOT) + "-" + language);
          }
        }
      }
    }
    Path images = Files.createDirectories(Path.of(Stage.property("demo.images")));
    List<String> pictures = new ArrayList<>();
    for (String name :
        List.of("control-light-en", "control-dark-en", "hub-light-en", "shop-ended-phone-en")) {
      Path picture = PICTURES.resolve(name + ".png");
      assertThat(Files.size(picture)).as(name).isLessThan(LARGEST_BYTES);
      Files.copy(
          picture,
          images.resolve(name.replaceFirst("-en$", "") + ".png"),
          StandardCopyOption.REPLACE_EXISTING);
      pictures.add(name);
    }
    System.out.println("In docs/images: " + pictures + "; all of them in " + PICTURES);
  }

  private void take(BrowserContext window, String suffix) {
    Page hub = window.newPage();
    hub.navigate(url(Places.HUB));
    picture(hub, "hub-signed-out" + suffix);
    signIn(hub, "alice");
    picture(hub, "hub" + suffix);
    Page shop = window.newPage();
    shop.navigate(url(Places.SHOP));
    signIn(shop, "alice");
    picture(shop, "shop" + suffix);
    Page blog = window.newPage();
    blog.navigate(url("blog"));
    signIn(blog, "alice");
    Page studio = window.newPage();
    studio.navigate(url(Places.STUDIO));
    Page popup = studio.waitForPopup(() -> studio.click("#popup"));
    Chromium.password(popup, "bob");
    assertThat(studio.locator("#sign-out")).isVisible();
    picture(studio, "studio" + suffix);

    stage.admin().signOut(RealmFiles.DEMO, "alice");
    assertThat(shop.locator(".log li").nth(1)).isVisible();
    assertThat(blog.locator(".log li").nth(1)).isVisible();
    picture(shop, "shop-ended" + suffix);
    hub.navigate(url(Places.HUB));
    signIn(hub, "bob");
    Page control = window.newPage();
    control.navigate(url(Places.CONTROL));
    Locator newest = control.locator(".message").first();
    assertThat(newest.locator(".heard li").nth(8)).isVisible();
    assertThat(control.locator(".session").nth(1)).isVisible();
    if (control.viewportSize().width > PHONE_WIDTH) {
      control.setViewportSize(1100, 900);
    }
    picture(control, "control" + suffix);
    hub.bringToFront();
    hub.click("#sign-out");
    assertThat(hub.locator("h1")).isVisible();
    hub.waitForURL("**/signed-out.html**");
    picture(hub, "signed-out" + suffix);
    stage.admin().signOut(RealmFiles.MAX_PLATFORM, "bob");
    assertThat(studio.locator(".log li").first()).isVisible();
    picture(studio, "studio-ended" + suffix);
  }

  private static void signIn(Page page, String user) {
    Chromium.signIn(page, user);
    assertThat(page.locator("[data-slot=users] li").first()).isVisible();
  }

  private String url(String page) {
    return stage.places().page(page) + "/";
  }

  private static void picture(Page page, String name) {
    page.evaluate("() => Promise.all(document.getAnimations().map(each => each.finished))");
    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
  }
}
