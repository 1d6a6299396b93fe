package dev.ssologout.testsuite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The ACL lines that docs/configuration.md tells an operator to use, so that they are true. */
final class DocumentedAcl {
  private DocumentedAcl() {}

  /** The line for a user, as a line of redis.conf. */
  static String user(String name, String password) {
    Path page = Path.of(System.getProperty("testsuite.docs"), "configuration.md");
    try {
      return Files.readAllLines(page).stream()
          .map(String::strip)
          .filter(line -> line.startsWith("user " + name + " "))
          .findFirst()
          .orElseThrow()
          .replace(">PASSWORD", "\">" + password + "\"");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
