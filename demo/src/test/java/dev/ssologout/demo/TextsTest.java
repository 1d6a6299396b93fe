package dev.ssologout.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The words of the pages are there, in both languages. */
class TextsTest {
  private static final Path APP = Path.of("../demo-relying-party/src/main/resources/static");
  private static final Path DEMO = Path.of("src/main/resources/web");
  private static final Pattern KEY = Pattern.compile("(?m)(?:^|[ ,{])(?:'([\\w.]+)'|(\\w+)): '");
  private static final Pattern USE = Pattern.compile("data-text=\"([\\w.]+)\"|\\bt\\('([\\w.]+)'");

  private static Set<String> keys(String language) throws IOException {
    String texts = Files.readString(APP.resolve("texts.js"));
    String block = texts.substring(texts.indexOf("  " + language + ": {"));
    return found(KEY, block.substring(block.indexOf('{'), block.indexOf("\n  },")));
  }

  private static Set<String> found(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(TextsTest::first)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String first(MatchResult match) {
    return match.group(1) != null ? match.group(1) : match.group(2);
  }

  @Test
  void bothLanguagesHaveTheSame() throws IOException {
    assertThat(keys("en")).hasSizeGreaterThan(50).isEqualTo(keys("ko"));
  }

  @Test
  void whatPagesShowIsThere() throws IOException {
    Set<String> used = new TreeSet<>();
    for (Path folder : List.of(APP, DEMO)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          used.addAll(found(USE, Files.readString(file)));
        }
      }
    }
    assertThat(used).hasSizeGreaterThan(30).isSubsetOf(keys("en"));
  }
}
