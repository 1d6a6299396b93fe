package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests that pages name as proof are there, and run when the page says that they do. */
class GuaranteesDocTest {
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)`( \\*)?");

  @ParameterizedTest
  @ValueSource(strings = {"guarantees.md", "security.md"})
  void namesTheTests(String page) throws IOException, ClassNotFoundException {
    Matcher named =
        NAMED.matcher(Files.readString(Path.of(System.getProperty("testsuite.docs"), page)));
    int count = 0;
    while (named.find()) {
      Tag tag =
          Class.forName(getClass().getPackageName() + "." + named.group(1))
              .getAnnotation(Tag.class);
      assertThat(tag != null).as(named.group()).isEqualTo(named.group(2) != null);
      count++;
    }
    assertThat(count).isGreaterThan(10);
  }
}
