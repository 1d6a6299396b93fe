package dev.ssologout.broadcaster;

import java.util.List;
import java.util.regex.Pattern;
import org.keycloak.common.util.UriUtils;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.protocol.oidc.utils.WebOriginsUtils;

/** The origins of a client's pages. */
final class WebOrigins {
  /**
   * What an origin looks like (RFC 6454 section 6.2). Whoever may register a client writes it into
   * a header by this, so it must be nothing else; and {@code *} is none.
   */
  private static final Pattern ORIGIN =
      Pattern.compile("https?://(?:[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{1,5})?");

  private WebOrigins() {}

  /** The client's web origins, in a stable order. */
  static List<String> of(KeycloakSession session, ClientModel client) {
    return WebOriginsUtils.resolveValidWebOrigins(session, client).stream()
        .filter(WebOrigins::isOrigin)
        .sorted()
        .toList();
  }

  static boolean isOrigin(String text) {
    return ORIGIN.matcher(text).matches();
  }

  /**
   * The origin of the page that makes the request, as the browser says it.
   *
   * @return {@code null} where it does not
   */
  static String ofPage(KeycloakSession session) {
    String origin = session.getContext().getRequestHeaders().getHeaderString("Origin");
    if (origin != null) {
      return origin;
    }
    // Browsers leave the header out when a page asks its own origin.
    String site = session.getContext().getRequestHeaders().getHeaderString("Sec-Fetch-Site");
    return "same-origin".equals(site)
        ? UriUtils.getOrigin(session.getContext().getUri().getRequestUri())
        : null;
  }
}
