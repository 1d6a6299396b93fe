package dev.ssologout.rest;

import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.keycloak.common.util.UriUtils;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.protocol.oidc.utils.WebOriginsUtils;
import org.keycloak.services.cors.Cors;

/** What a page of another origin may do. */
public final class CrossOrigin {
  private static final String FETCH_SITE = "Sec-Fetch-Site";

  private CrossOrigin() {}

  /**
   * Answers a CORS preflight request. It names no client, so every origin is told that it may ask;
   * whether it may is decided by {@link #allow} at the request itself, before anything is done.
   */
  public static Response preflight(String... methods) {
    return Cors.builder().preflight().auth().allowedMethods(methods).add(Response.noContent());
  }

  /**
   * Lets a page read the answer if it is of one of the client's web origins, which are taken
   * exactly: {@code *} is none.
   *
   * @param client that the access token was issued to
   * @param exposedHeaders those that the page may read
   * @throws ProblemException 403 if the page is of any other origin but Keycloak's own
   */
  public static void allow(KeycloakSession session, ClientModel client, String... exposedHeaders) {
    List<String> origins =
        WebOriginsUtils.resolveValidWebOrigins(session, client).stream()
            .filter(origin -> !origin.equals(Cors.ACCESS_CONTROL_ALLOW_ORIGIN_WILDCARD))
            .toList();
    try {
      Cors.builder().auth().checkAllowedOrigins(origins).exposedHeaders(exposedHeaders).add();
      session.getContext().getHttpResponse().addHeader(HttpHeaders.VARY, "Origin");
    } catch (ForbiddenException e) {
      throw new ProblemException(
          ProblemType.CROSS_ORIGIN, "The client has not registered the page's origin");
    }
  }

  /**
   * For what a cookie authorises: only pages of Keycloak's own origin may ask for it. Browsers say
   * where a request comes from, in {@code Sec-Fetch-Site} or {@code Origin}; one that says neither
   * is refused.
   *
   * @throws ProblemException 403 if it comes from elsewhere
   */
  public static void requireSameOrigin(KeycloakSession session) {
    HttpHeaders headers = session.getContext().getHttpRequest().getHttpHeaders();
    String site = headers.getHeaderString(FETCH_SITE);
    String origin = headers.getHeaderString(Cors.ORIGIN_HEADER);
    boolean same =
        site != null
            ? site.equals("same-origin")
            : origin != null
                && origin.equals(UriUtils.getOrigin(session.getContext().getUri().getRequestUri()));
    if (!same) {
      throw new ProblemException(
          ProblemType.CROSS_ORIGIN, "Only pages of Keycloak's own origin may ask for this");
    }
  }
}
