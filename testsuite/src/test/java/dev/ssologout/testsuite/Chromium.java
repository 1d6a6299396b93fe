package dev.ssologout.testsuite;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The system's Chromium, driven by Playwright, as its users have it: without the flags that
 * Playwright adds, which switch off what keeps sites apart.
 */
final class Chromium implements AutoCloseable {
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
  static Chromium start(String... moreFlags) {
    Path executable = required();
    try {
      Path profile = Files.createTempDirectory("chromium");
      List<String> flags = flags();
      flags.add("--remote-debugging-pipe");
      flags.add("--user-data-dir=" + profile);
      flags.addAll(List.of(moreFlags));
      flags.add("about:blank");
      Playwright playwright =
          Playwright.create(
              new Playwright.CreateOptions()
                  .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
      try {
        return new Chromium(
            profile,
            playwright,
            playwright
                .chromium()
                .launch(
                    new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setIgnoreAllDefaultArgs(true)
                        .setArgs(flags)));
      } catch (RuntimeException e) {
        playwright.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where Chromium is; the test is skipped where there is none. */
  static Path required() {
    Optional<Path> executable = executable();
    Assumptions.assumeTrue(
        executable.isPresent(), "needs Chromium: one of " + NAMES + " on the search path");
    return executable.orElseThrow();
  }

  /** The flags that its users have, and what a test needs to drive it. */
  static List<String> flags() {
    return new ArrayList<>(
        List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--ignore-certificate-errors"));
  }

  /** A browser window of its own: cookies and storage are shared with no other. */
  BrowserContext window(Browser.NewContextOptions options) {
    BrowserContext window = browser.newContext(options);
    window.setDefaultTimeout(MessageLog.PATIENCE.toMillis());
    return window;
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
    delete(profile);
  }

  /** Deletes a profile. */
  static void delete(Path profile) {
    try (Stream<Path> files = Files.walk(profile)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException | UncheckedIOException e) {
      // A file that goes while it is looked at is no loss.
    }
  }

  private static Optional<Path> executable() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
