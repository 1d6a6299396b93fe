package dev.ssologout.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class BrowserFileTest {
  private static final int MOST_BYTES = 5 * 1000;

  @Test
  void theSdkIsSmall() throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(sdk());
    }
    assertThat(compressed.size()).isLessThan(MOST_BYTES);
  }

  @Test
  void theSdkIsTheOneOfThePackage() throws IOException {
    assertThat(sdk()).isEqualTo(Files.readAllBytes(Path.of("..", "browser-sdk", "sso-logout.js")));
  }

  /** docs/browser.md tells how to pin this very text. */
  @Test
  void theDocumentedAddressAndHashAreThoseOfTheSdk() throws Exception {
    assertThat(Files.readString(Path.of("..", "docs", "browser.md")))
        .contains("/sdk-" + BrowserFile.SDK.version() + ".js\"")
        .contains("integrity=\"" + integrity() + "\"");
  }

  private static String integrity() throws NoSuchAlgorithmException {
    byte[] hash = MessageDigest.getInstance("SHA-384").digest(sdk());
    return "sha384-" + Base64.getEncoder().encodeToString(hash);
  }

  private static byte[] sdk() {
    return BrowserFile.SDK.text().getBytes(StandardCharsets.UTF_8);
  }
}
