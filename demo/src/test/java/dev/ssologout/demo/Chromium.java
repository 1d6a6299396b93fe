package dev.ssologout.demo;

import com.google.gson.JsonParser;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The system's Chromium as its users have it, without the flags that Playwright adds. */
final class Chromium implements AutoCloseable {
  static final double PATIENCE_MILLIS = 30_000;

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");

  private final Path profile;
  private final Playwright playwright;
  private final Browser browser;

  private Chromium(Path profile, Playwright playwright, Browser browser) {
    this.profile = profile;
    this.playwright = playwright;
    this.browser = browser;
  }

  /** Starts it with a fresh profile; the test is skipped where there is no Chromium. */
  static Chromium start() {
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    Optional<Path> executable =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst();
    Assumptions.assumeTrue(
        executable.isPresent(), "needs Chromium: one of " + NAMES + " on the search path");
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    try {
      Path profile = Files.createTempDirectory("chromium");
      return new Chromium(
          profile,
          playwright,
          playwright
              .chromium()
              .launch(
                  new BrowserType.LaunchOptions()
                      .setExecutablePath(executable.orElseThrow())
                      .setIgnoreAllDefaultArgs(true)
                      .setArgs(
                          List.of(
                              "--remote-debugging-pipe",
                              "--headless=new",
                              "--no-sandbox",
                              "--disable-gpu",
                              "--disable-dev-shm-usage",
                              "--no-first-run",
                              "--disable-background-networking",
                              "--disable-component-update",
                              "--disable-sync",
                              "--hide-scrollbars",
                              "--user-data-dir=" + profile,
                              "about:blank"))));
    } catch (IOException e) {
      playwright.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      playwright.close();
      throw e;
    }
  }

  /** A browser of its own: cookies and storage are shared with no other. */
  BrowserContext window(Browser.NewContextOptions options) {
    BrowserContext window = browser.newContext(options);
    window.setDefaultTimeout(PATIENCE_MILLIS);
    return window;
  }

  /** Signs in at a page with {@code #sign-in}, by the password where there is no session yet. */
  static void signIn(Page page, String user) {
    page.click("#sign-in");
    page.waitForSelector("#username, #sign-out");
    if (page.locator("#username").isVisible()) {
      password(page, user);
    }
    PlaywrightAssertions.assertThat(page.locator("#sign-out")).isVisible();
  }

  /** Waits until the page of an app is told of ends. */
  static void awaitListening(Page page) {
    PlaywrightAssertions.assertThat(
            page.getByText("live", new Page.GetByTextOptions().setExact(true)))
        .isVisible();
  }

  /** The session that the page of an app is signed in with. */
  static String sid(Page page) {
    return JsonParser.parseString(
            (String) page.evaluate("async () => await (await fetch('/api/session-status')).text()"))
        .getAsJsonObject()
        .get("sid")
        .getAsString();
  }

  /** Fills Keycloak's form in. */
  static void password(Page page, String user) {
    page.fill("#username", user);
    page.fill("#password", user);
    page.click("#kc-login");
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
    try (Stream<Path> files = Files.walk(profile)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException | UncheckedIOException e) {
      // A file that goes while it is looked at is no loss.
    }
  }
}
