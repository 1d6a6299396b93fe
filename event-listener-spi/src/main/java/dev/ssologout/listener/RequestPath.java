package dev.ssologout.listener;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  /** Where users look after their account: Keycloak's own account API, and our sessions. */
  ACCOUNT,
  /** Where an upstream identity provider asks for a logout. */
  IDP_LOGOUT,
  LOGOUT,
  REVOKE,
  /** Where users sign in: pages, forms, and the endpoints that lead there. */
  LOGIN,
  TOKEN,
  OTHER;

  // What stands before, an operator chooses; a realm may be called like any part of a path.
  private static final Pattern PATH =
      Pattern.compile("(?:^|.*?/)(admin/)?realms/([^/]+)(?:/(.*))?");

  static RequestPath of(KeycloakSession session) {
    HttpRequest request = request(session);
    if (request == null) {
      return NONE;
    }
    Matcher matcher = PATH.matcher(request.getUri().getPath());
    if (!matcher.matches()) {
      return OTHER;
    }
    String path = matcher.group(3) == null ? "" : matcher.group(3);
    if (matcher.group(1) != null) {
      return path.endsWith("/impersonation") ? ADMIN_IMPERSONATION : ADMIN;
    }
    if (path.startsWith("broker/")) {
      return ofBroker(request, path);
    }
    return switch (path) {
      case "account", "sso-sessions" -> ACCOUNT;
      case "protocol/openid-connect/logout/backchannel-logout" -> IDP_LOGOUT;
      case "protocol/openid-connect/revoke" -> REVOKE;
      case "protocol/openid-connect/token" -> TOKEN;
      default -> {
        if (path.startsWith("account/") || path.startsWith("sso-sessions/")) {
          yield ACCOUNT;
        }
        if (path.startsWith("protocol/openid-connect/logout") || path.startsWith("protocol/saml")) {
          yield LOGOUT;
        }
        yield path.startsWith("login-actions/") || path.startsWith("protocol/openid-connect/auth")
            ? LOGIN
            : OTHER;
      }
    };
  }

  /** Whether the request asks for the removal of this very realm. */
  static boolean removesRealm(KeycloakSession session, RealmModel realm) {
    HttpRequest request = request(session);
    if (request == null || !request.getHttpMethod().equals("DELETE")) {
      return false;
    }
    Matcher matcher = PATH.matcher(request.getUri().getPath());
    return matcher.matches()
        && matcher.group(1) != null
        && matcher.group(2).equals(realm.getName())
        && (matcher.group(3) == null || matcher.group(3).isEmpty());
  }

  /**
   * A Keycloak upstream asks at {@code k_logout}; a SAML provider by a request, whereas its
   * response and {@code logout_response} belong to a logout that began here.
   */
  private static RequestPath ofBroker(HttpRequest request, String path) {
    if (path.endsWith("/k_logout") || has(request, "SAMLRequest")) {
      return IDP_LOGOUT;
    }
    return path.endsWith("/logout_response") || has(request, "SAMLResponse") ? LOGOUT : LOGIN;
  }

  private static boolean has(HttpRequest request, String parameter) {
    return request.getUri().getQueryParameters().containsKey(parameter)
        || request.getDecodedFormParameters().containsKey(parameter);
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
}
