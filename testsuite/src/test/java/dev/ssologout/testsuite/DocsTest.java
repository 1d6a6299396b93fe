package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages hang together: links, spelling, the site, and that each command in them is known. */
class DocsTest {
  private static final Path ROOT = Path.of(System.getProperty("testsuite.root")).normalize();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern FENCE = Pattern.compile("(?ms)^ *```(\\w*)\\n(.*?)^ *```$");

  /** What a command in an indented block begins with; others there are not for a shell. */
  private static final Pattern COMMAND =
      Pattern.compile("(bin/|docker|mvn |cp |npm |curl |redis-cli |kcadm\\.sh |kc\\.sh |helm ).*");

  @Test
  void linksLeadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher links = LINK.matcher(withoutCode(page));
      while (links.find()) {
        URI link = URI.create(links.group(1));
        if (link.isAbsolute()) {
          if (!link.getScheme().equals("https")) {
            broken.add(page + ": " + link);
          }
          continue;
        }
        Path target =
            link.getPath().isEmpty() ? page : page.resolveSibling(link.getPath()).normalize();
        boolean leads =
            Files.exists(target)
                && (link.getFragment() == null || anchors(target).contains(link.getFragment()));
        if (!leads) {
          broken.add(page + ": " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void namesEveryPageInTheSite() throws IOException {
    String site = Files.readString(ROOT.resolve("mkdocs.yml"));
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
      assertThat(pages.filter(page -> page.toString().endsWith(".md")))
          .allSatisfy(page -> assertThat(site).contains("docs/" + page.getFileName()));
    }
  }

  @Test
  void repeatsNothing() throws IOException {
    Map<String, Path> seen = new TreeMap<>();
    List<String> repeated = new ArrayList<>();
    for (Path page : pages()) {
      for (String paragraph : withoutCode(page).split("\\n\\s*\\n|\\n(?=[|-])")) {
        String words = paragraph.replaceAll("\\s+", " ").strip();
        Path before = words.length() < 120 ? null : seen.putIfAbsent(words, page);
        if (before != null && !before.equals(page)) {
          repeated.add(before + " and " + page + ": " + words);
        }
      }
    }
    assertThat(repeated).isEmpty();
  }

  @Test
  void isSpelledRight() throws IOException {
    List<String> command =
        new ArrayList<>(List.of(Program.required("codespell"), "--ignore-words-list=ser"));
    pages().forEach(page -> command.add(page.toString()));
    assertThat(Program.run(ROOT, command.toArray(String[]::new))).isBlank();
  }

  @Test
  void makesASite(@TempDir Path directory) {
    Program.required("mkdocs");
    Program.run(ROOT, ROOT.resolve("bin/docs").toString(), directory.toString());
    assertThat(directory.resolve("index.html")).isRegularFile();
    assertThat(directory.resolve("docs/operations/index.html")).isRegularFile();
  }

  /** So that a command that nobody has tried is written down as such. */
  @Test
  void saysOfEachCommandWhoRunsIt() throws IOException, ClassNotFoundException {
    Set<String> inPages = new LinkedHashSet<>();
    for (Path page : pages()) {
      inPages.addAll(commands(Files.readString(page)));
    }
    Map<String, String> runBy = new TreeMap<>();
    try (Stream<String> lines =
        Files.lines(
            ROOT.resolve("testsuite/src/test/resources/dev/ssologout/testsuite/commands.txt"))) {
      lines
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split(": ", 2))
          .forEach(parts -> runBy.put(parts[1], parts[0]));
    }
    assertThat(runBy.keySet()).isEqualTo(new TreeSet<>(inPages));
    for (String by : runBy.values()) {
      if (by.endsWith("Test")) {
        Class.forName(getClass().getPackageName() + "." + by);
      } else {
        assertThat(by).matches("people|ci|not run \\(.+\\)");
      }
    }
  }

  @Test
  void tellsTheSameCommandsInKorean() throws IOException {
    Path docs = ROOT.resolve("docs");
    assertThat(commands(Files.readString(docs.resolve("getting-started.ko.md"))))
        .isEqualTo(commands(Files.readString(docs.resolve("getting-started.md"))));
  }

  /** The commands of a page, each in one line. */
  static List<String> commands(String page) {
    List<String> commands = new ArrayList<>();
    Matcher fences = FENCE.matcher(page);
    while (fences.find()) {
      if (fences.group(1).equals("sh")) {
        lines(fences.group(2)).map(String::strip).forEach(commands::add);
      }
    }
    lines(FENCE.matcher(page).replaceAll(""))
        .filter(line -> line.startsWith("    "))
        .map(String::strip)
        .filter(line -> COMMAND.matcher(line).matches())
        .forEach(commands::add);
    return commands;
  }

  private static Stream<String> lines(String text) {
    return text.replaceAll("\\\\\\n\\s*", "").lines().filter(line -> !line.isBlank());
  }

  private static List<Path> pages() {
    Set<Path> pages = new TreeSet<>();
    for (String place : List.of(".", "docs", "browser-sdk")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(place).normalize())) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return List.copyOf(pages);
  }

  private static String withoutCode(Path page) throws IOException {
    return FENCE.matcher(Files.readString(page)).replaceAll("").replaceAll("`[^`\\n]+`", "");
  }

  /** As GitHub and GitLab make them of headings. */
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    Matcher headings =
        Pattern.compile("(?m)^#+ (.+)$")
            .matcher(FENCE.matcher(Files.readString(page)).replaceAll(""));
    while (headings.find()) {
      anchors.add(
          headings
              .group(1)
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N} _-]", "")
              .replace(' ', '-'));
    }
    return anchors;
  }
}
