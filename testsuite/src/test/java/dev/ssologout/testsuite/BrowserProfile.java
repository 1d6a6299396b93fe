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
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A browser with a profile of its own, as its users have it: with tabs, with the cookie settings of
 * a profile, and with what keeps sites apart.
 */
final class BrowserProfile implements AutoCloseable {
  private static final Path FIREFOX = Path.of("/usr/bin/firefox-esr");

  private final Path directory;
  private final Playwright playwright;
  private final BrowserContext context;
  // Null where Playwright has started the browser.
  private final Process process;

  private BrowserProfile(
      Path directory, Playwright playwright, BrowserContext context, Process process) {
    this.directory = directory;
    this.playwright = playwright;
    this.context = context;
    this.process = process;
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
    List<String> command = new ArrayList<>();
    command.add(executable.toString());
    command.addAll(Chromium.flags());
    command.addAll(
        List.of("--remote-debugging-port=0", "--user-data-dir=" + directory, "about:blank"));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      Playwright playwright = playwright();
      try {
        return new BrowserProfile(directory, playwright, connect(playwright, directory), process);
      } catch (RuntimeException e) {
        playwright.close();
        end(process);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Playwright has every tab believe that it is seen, unless it comes to a browser that runs. */
  private static BrowserContext connect(Playwright playwright, Path directory) {
    Path port = directory.resolve("DevToolsActivePort");
    Awaitility.await("Chromium")
        .atMost(MessageLog.PATIENCE)
        .ignoreExceptions()
        .until(() -> Files.readAllLines(port).size() > 1);
    try {
      return playwright
          .chromium()
          .connectOverCDP(
              "http://127.0.0.1:" + Files.readAllLines(port).get(0),
              new BrowserType.ConnectOverCDPOptions().setNoDefaults(true))
          .contexts()
          .get(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Firefox's total cookie protection is always on where cookies are not blocked, as it is for its
   * users. The test is skipped where there is no Firefox.
   */
  static BrowserProfile firefox(ThirdPartyCookies cookies) {
    Assumptions.assumeTrue(Files.isExecutable(FIREFOX), "needs " + FIREFOX);
    Path directory = newDirectory("firefox-profile");
    Playwright playwright = playwright();
    try {
      return new BrowserProfile(
          directory,
          playwright,
          playwright
              .firefox()
              .launchPersistentContext(
                  directory,
                  new BrowserType.LaunchPersistentContextOptions()
                      .setExecutablePath(FIREFOX)
                      .setChannel("moz-firefox")
                      .setIgnoreHTTPSErrors(true)
                      .setFirefoxUserPrefs(
                          Map.of(
                              "browser.contentblocking.category",
                              "custom",
                              "network.cookie.cookieBehavior",
                              cookies == ThirdPartyCookies.BLOCKED ? 1 : 5))),
          null);
    } catch (RuntimeException e) {
      playwright.close();
      throw e;
    }
  }

  private static Playwright playwright() {
    return Playwright.create(
        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
  }

  BrowserContext context() {
    return context;
  }

  /** A new tab, which hides the one that was seen until then. */
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

  /** Ends a browser and the processes that it has started. */
  static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    if (process == null) {
      context.close();
    }
    playwright.close();
    if (process != null) {
      end(process);
    }
    Chromium.delete(directory);
  }
}
