package dev.ssologout.relyingparty;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the realm in Keycloak's addresses. */
final class Realms {
  private static final Pattern PATH = Pattern.compile(".*/realms/(?<realm>[^/]+)/?");

  private Realms() {}

  /**
   * The realm that an issuer stands for.
   *
   * @throws IllegalArgumentException if that cannot be seen from it
   */
  static String of(URI issuer) {
    Matcher path = PATH.matcher(issuer.getRawPath() == null ? "" : issuer.getRawPath());
    if (!path.matches()) {
      throw new IllegalArgumentException(
          "issuer=" + issuer + ": does not end in /realms/<realm>; name the realm itself");
    }
    return URLDecoder.decode(path.group("realm").replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
