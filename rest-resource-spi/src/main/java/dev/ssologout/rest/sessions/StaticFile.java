package dev.ssologout.rest.sessions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** The files of this package that are served, as they are or as templates. */
enum StaticFile {
  OPEN_API("openapi.json", "application/json"),
  PAGE("page.html", null),
  SIGNED_OUT("signed-out.html", null),
  SCRIPT("sessions.js", "text/javascript;charset=utf-8"),
  STYLE("sessions.css", "text/css;charset=utf-8");

  private final String name;
  private final String mediaType;
  private final String text;
  private final String etag;

  StaticFile(String name, String mediaType) {
    this.name = name;
    this.mediaType = mediaType;
    try (InputStream resource = StaticFile.class.getResourceAsStream(name)) {
      byte[] bytes = resource.readAllBytes();
      text = new String(bytes, StandardCharsets.UTF_8);
      etag =
          '"'
              + Base64.getUrlEncoder()
                  .withoutPadding()
                  .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes))
              + '"';
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** What the page loads, by its name. */
  static Optional<StaticFile> ofPage(String name) {
    return Arrays.stream(new StaticFile[] {SCRIPT, STYLE})
        .filter(file -> file.name.equals(name))
        .findFirst();
  }

  String text() {
    return text;
  }

  /** {@code null} for a template. */
  String mediaType() {
    return mediaType;
  }

  String etag() {
    return etag;
  }
}
