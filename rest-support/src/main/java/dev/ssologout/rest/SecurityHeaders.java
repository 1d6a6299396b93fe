package dev.ssologout.rest;

import org.keycloak.headers.SecurityHeadersProvider;
import org.keycloak.http.HttpResponse;
import org.keycloak.models.BrowserSecurityHeaders;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/**
 * The security headers of an answer. They take the place of Keycloak's own, which depend on the
 * media type, allow a page more than ours need, and are missing on streams.
 */
public final class SecurityHeaders {
  /** The policy of what is no page: nothing may be loaded, nobody may frame it. */
  public static final String NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

  /** The caching of whatever is one caller's alone. */
  public static final String NO_STORE = "no-store";

  private SecurityHeaders() {}

  /** For data: JSON, problems and streams. To be called before anything can fail. */
  public static void data(KeycloakSession session) {
    set(session, NO_PAGE, NO_STORE);
  }

  /**
   * For pages and what they load.
   *
   * @param contentSecurityPolicy the whole policy, with {@code frame-ancestors}
   * @param cacheControl the whole header
   */
  public static void set(
      KeycloakSession session, String contentSecurityPolicy, String cacheControl) {
    session.getProvider(SecurityHeadersProvider.class).options().skipHeaders();
    HttpResponse response = session.getContext().getHttpResponse();
    response.setHeader("Content-Security-Policy", contentSecurityPolicy);
    if (contentSecurityPolicy.contains("frame-ancestors 'none'")) {
      response.setHeader("X-Frame-Options", "DENY");
    }
    response.setHeader("Cache-Control", cacheControl);
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("X-Robots-Tag", "none");
    String transport =
        realmHeader(
            session.getContext().getRealm(), BrowserSecurityHeaders.STRICT_TRANSPORT_SECURITY);
    if (!transport.isEmpty()) {
      response.setHeader("Strict-Transport-Security", transport);
    }
  }

  private static String realmHeader(RealmModel realm, BrowserSecurityHeaders header) {
    return realm == null
        ? header.getDefaultValue()
        : realm.getBrowserSecurityHeaders().getOrDefault(header.getKey(), header.getDefaultValue());
  }
}
