package dev.ssologout.testsuite;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * A browser with a profile of its own, as its users have it: with tabs, with the cookie settings of
 * a profile, and with what keeps sites apart. Names that end in {@code .test} lead to this machine.
 */
final class BrowserProfile implements AutoCloseable {
  private static final Path FIREFOX = Path.of("/usr/bin/firefox-esr");
  private static final List<String> HOSTS =
      List.of(
          "id.acme.test",
          "shop.acme.test",
          "blog.acme.test",
          "wiki.acme.test",
          "shop.one.test",
          "blog.two.test",
          "wiki.three.test",
          "evil.test");

  private final Path directory;
  private final Playwright playwright;
  private final BrowserContext context;

  private BrowserProfile(Path directory, Playwright playwright, BrowserContext context) {
    this.directory = directory;
    this.playwright = playwright;
    this.context = context;
    context.setDefaultTimeout(MessageLog.PATIENCE.toMillis());
  }

  /** What a browser is told of third-party cookies. */
  enum ThirdPartyCookies {
    ALLOWED,
    BLOCKED
  }

  /** The test is skipped where there is no Chromium. */
  static BrowserProfile chromium(ThirdPartyCookies cookies) {
    Path executable = Chromium.required();
    Path directory = newDirectory("chromium-profile");
    boolean blocked = cookies == ThirdPartyCookies.BLOCKED;
    try {
      Path preferences = Files.createDirectories(directory.resolve("Default"));
      Files.writeString(
          preferences.resolve("Preferences"),
          """
          {"profile": {"cookie_controls_mode": %d, "block_third_party_cookies": %b}}
          """
              .formatted(blocked ? 1 : 0, blocked));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return launch(
        directory,
        playwright -> playwright.chromium(),
        new BrowserType.LaunchPersistentContextOptions()
            .setExecutablePath(executable)
            .setIgnoreAllDefaultArgs(true)
            .setArgs(Chromium.flags()));
  }

  /**
   * Firefox's total cookie protection is always on where cookies are not blocked, as it is for its
   * users. The test is skipped where there is no Firefox.
   */
  static BrowserProfile firefox(ThirdPartyCookies cookies) {
    Assumptions.assumeTrue(Files.isExecutable(FIREFOX), "needs " + FIREFOX);
    Path directory = newDirectory("firefox-profile");
    return launch(
        directory,
        playwright -> playwright.firefox(),
        new BrowserType.LaunchPersistentContextOptions()
            .setExecutablePath(FIREFOX)
            .setChannel("moz-firefox")
            .setIgnoreHTTPSErrors(true)
            .setFirefoxUserPrefs(
                Map.of(
                    "network.dns.localDomains",
                    String.join(",", HOSTS),
                    "browser.contentblocking.category",
                    "custom",
                    "network.cookie.cookieBehavior",
                    cookies == ThirdPartyCookies.BLOCKED ? 1 : 5)));
  }

  private interface Engine {
    BrowserType of(Playwright playwright);
  }

  private static BrowserProfile launch(
      Path directory, Engine engine, BrowserType.LaunchPersistentContextOptions options) {
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    try {
      return new BrowserProfile(
          directory, playwright, engine.of(playwright).launchPersistentContext(directory, options));
    } catch (RuntimeException e) {
      playwright.close();
      throw e;
    }
  }

  BrowserContext context() {
    return context;
  }

  /** A new tab. */
  Page tab() {
    return context.newPage();
  }

  /** Closes all tabs and forgets who has signed in. */
  void clear() {
    List<Page> tabs = new ArrayList<>(context.pages());
    // A browser without any tab ends.
    context.newPage();
    tabs.forEach(Page::close);
    context.clearCookies();
  }

  private static Path newDirectory(String name) {
    try {
      return Files.createTempDirectory(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    context.close();
    playwright.close();
    Chromium.delete(directory);
  }
}
