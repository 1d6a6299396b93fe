package dev.ssologout.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/** What the user sees: lines, and one line with the time that a long step has taken so far. */
final class Screen {

  /** A look of text, by its ANSI code. */
  enum Style {
    BOLD("1"),
    DIM("2"),
    GREEN("32"),
    YELLOW("33"),
    CYAN("36");

    private final String code;

    Style(String code) {
      this.code = code;
    }
  }

  private static final Duration TICK = Duration.ofMillis(500);
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintStream out;
  private final boolean terminal;
  private final boolean colour;

  /**
   * @param terminal whether a line can be written again
   * @param colour whether ANSI codes for looks are understood and wanted
   */
  Screen(PrintStream out, boolean terminal, boolean colour) {
    this.out = out;
    this.terminal = terminal;
    this.colour = colour;
  }

  void line(String text) {
    out.println(text);
  }

  String styled(Style style, String text) {
    return colour ? "\033[" + style.code + "m" + text + "\033[0m" : text;
  }

  /** A line that says that something went well. */
  void done(String text) {
    line(styled(Style.GREEN, "ok") + "  " + text);
  }

  /** Does a step that takes its time, and says so meanwhile and afterwards. */
  <T> T step(String title, Supplier<T> work) {
    long start = System.nanoTime();
    Thread ticker = new Thread(() -> tick(title, start), "progress");
    ticker.setDaemon(true);
    if (terminal) {
      ticker.start();
    } else {
      line(title + " ...");
    }
    boolean success = false;
    try {
      T result = work.get();
      success = true;
      return result;
    } finally {
      stop(ticker);
      if (success) {
        done("%s %s".formatted(title, styled(Style.DIM, seconds(start))));
      }
    }
  }

  private void tick(String title, long start) {
    try {
      while (true) {
        out.print(CLEAR_LINE + "..  " + title + " " + styled(Style.DIM, seconds(start)));
        out.flush();
        Thread.sleep(TICK.toMillis());
      }
    } catch (InterruptedException stopped) {
      out.print(CLEAR_LINE);
      out.flush();
    }
  }

  private void stop(Thread ticker) {
    if (!terminal) {
      return;
    }
    ticker.interrupt();
    try {
      ticker.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String seconds(long start) {
    return String.format(Locale.ROOT, "(%.1f s)", (System.nanoTime() - start) / 1e9);
  }
}
