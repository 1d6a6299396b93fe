package dev.ssologout.broadcaster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A script that browsers load.
 *
 * @param version changes whenever the text does
 */
record BrowserFile(String text, String version) {
  /** The module for relying parties' pages. */
  static final BrowserFile SDK = load("sso-logout.js");

  /** What runs in the hidden frame. */
  static final BrowserFile FRAME = load("frame.js");

  private static final int VERSION_LENGTH = 16;

  private static BrowserFile load(String name) {
    try (InputStream resource = BrowserFile.class.getResourceAsStream(name)) {
      byte[] bytes = resource.readAllBytes();
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      return new BrowserFile(
          new String(bytes, StandardCharsets.UTF_8), hash.substring(0, VERSION_LENGTH));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
