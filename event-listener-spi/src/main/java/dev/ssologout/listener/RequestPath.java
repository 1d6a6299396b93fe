package dev.ssologout.listener;

import jakarta.ws.rs.core.MultivaluedMap;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/**
 * Which of Keycloak's endpoints is at work, as far as that tells why a session ends.
 *
 * <p>Keycloak names no cause for many endings; the endpoint whose work ends the session does.
 */
enum RequestPath {
  /** No request: a sweep or another task of the server's own. */
  NONE,
  ADMIN,
  ADMIN_IMPERSONATION,
  ACCOUNT,
  /** Where an upstream identity provider asks for a logout. */
  IDP_LOGOUT,
  LOGOUT,
  REVOKE,
  /** Where users sign in: pages, forms, and the endpoints that lead there. */
  LOGIN,
  OTHER;

  static RequestPath of(KeycloakSession session) {
    HttpRequest request = request(session);
    if (request == null) {
      return NONE;
    }
    String path = request.getUri().getPath();
    if (path.contains("/admin/realms/")) {
      return path.endsWith("/impersonation") ? ADMIN_IMPERSONATION : ADMIN;
    }
    if (path.contains("/broker/") && asksForLogout(request, path)
        || path.endsWith("/protocol/openid-connect/logout/backchannel-logout")) {
      return IDP_LOGOUT;
    }
    if (path.contains("/account/") || path.endsWith("/account")) {
      return ACCOUNT;
    }
    if (path.endsWith("/protocol/openid-connect/revoke")) {
      return REVOKE;
    }
    if (path.contains("/protocol/openid-connect/logout")
        || path.contains("/protocol/saml")
        || path.contains("/logout_response")) {
      return LOGOUT;
    }
    if (path.contains("/login-actions/")
        || path.contains("/broker/")
        || path.contains("/protocol/openid-connect/auth")
        || path.endsWith("/protocol/openid-connect/token")) {
      return LOGIN;
    }
    return OTHER;
  }

  /** Whether the request asks for the removal of this very realm. */
  static boolean removesRealm(KeycloakSession session, RealmModel realm) {
    HttpRequest request = request(session);
    return request != null
        && request.getHttpMethod().equals("DELETE")
        && request
            .getUri()
            .getPath()
            .replaceFirst("/$", "")
            .endsWith("/admin/realms/" + realm.getName());
  }

  private static HttpRequest request(KeycloakSession session) {
    try {
      HttpRequest request = session.getContext().getHttpRequest();
      return request == null || request.getUri() == null ? null : request;
    } catch (RuntimeException e) {
      // What Keycloak does outside a request differs from version to version.
      return null;
    }
  }

  /** A Keycloak upstream posts to {@code k_logout}, a SAML one sends a request, not a response. */
  private static boolean asksForLogout(HttpRequest request, String path) {
    if (path.endsWith("/k_logout")) {
      return true;
    }
    MultivaluedMap<String, String> form = request.getDecodedFormParameters();
    return form != null && form.containsKey("SAMLRequest")
        || request.getUri().getQueryParameters().containsKey("SAMLRequest");
  }
}
