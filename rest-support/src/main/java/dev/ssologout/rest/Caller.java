package dev.ssologout.rest;

import jakarta.ws.rs.NotAuthorizedException;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.keycloak.TokenVerifier;
import org.keycloak.cookie.CookieProvider;
import org.keycloak.cookie.CookieType;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.protocol.oidc.AccessTokenIntrospectionProvider;
import org.keycloak.protocol.oidc.AccessTokenIntrospectionProviderFactory;
import org.keycloak.protocol.oidc.TokenIntrospectionProvider;
import org.keycloak.representations.AccessToken;
import org.keycloak.services.managers.AppAuthManager;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.util.TokenUtil;

/**
 * Who makes the request: a user whom Keycloak knows, by a session that still lives.
 *
 * @param client the client that the access token was issued to; {@code null} where the user came by
 *     the identity cookie, that is, from a page of Keycloak's own origin
 * @param token the access token with the claims that introspection would give it, which a
 *     lightweight one does not carry itself; or the token in the cookie
 */
public record Caller(
    UserModel user, UserSessionModel userSession, ClientModel client, AccessToken token) {

  private static final TokenVerifier.TokenTypeCheck IDENTITY_COOKIE =
      new TokenVerifier.TokenTypeCheck(List.of(TokenUtil.TOKEN_TYPE_KEYCLOAK_ID));

  /**
   * By the access token in the Authorization header.
   *
   * @return empty where there is no such header
   * @throws ProblemException 401 if the header does not hold a token of this realm that is good now
   */
  public static Optional<Caller> byAccessToken(KeycloakSession session) {
    List<String> headers =
        session
            .getContext()
            .getHttpRequest()
            .getHttpHeaders()
            .getRequestHeader(HttpHeaders.AUTHORIZATION);
    if (headers == null || headers.isEmpty()) {
      return Optional.empty();
    }
    requireUsableRealm(session);
    AuthenticationManager.AuthResult result = null;
    try {
      if (headers.size() == 1) {
        result = new AppAuthManager.BearerTokenAuthenticator(session).authenticate();
      }
    } catch (NotAuthorizedException e) {
      // Told below.
    }
    if (result == null) {
      throw unauthenticated(
          session, "invalid_token", "The access token is not good for this realm");
    }
    return Optional.of(
        new Caller(
            result.user(), result.session(), result.client(), withItsClaims(session, result)));
  }

  /**
   * By the identity cookie. Unlike Keycloak's own look-up this does not count as use of the
   * session, so that a page which asks again and again does not keep it alive.
   *
   * @return empty where there is no cookie, or none that is good now
   */
  public static Optional<Caller> byIdentityCookie(KeycloakSession session) {
    String cookie = session.getProvider(CookieProvider.class).get(CookieType.IDENTITY);
    if (cookie == null || cookie.isEmpty()) {
      return Optional.empty();
    }
    requireUsableRealm(session);
    KeycloakContext context = session.getContext();
    AuthenticationManager.AuthResult result =
        AuthenticationManager.verifyIdentityToken(
            session,
            context.getRealm(),
            context.getUri(),
            context.getConnection(),
            true,
            false,
            null,
            true,
            cookie,
            context.getHttpRequest().getHttpHeaders(),
            verifier -> verifier.withChecks(IDENTITY_COOKIE));
    return result == null || result.session() == null
        ? Optional.empty()
        : Optional.of(new Caller(result.user(), result.session(), null, result.token()));
  }

  /** The error for a request that says nothing of who makes it. */
  public static ProblemException unauthenticated(KeycloakSession session) {
    return unauthenticated(session, null, "An access token is needed");
  }

  /** The error for an access token that lacks a scope (RFC 6750 section 3.1). */
  public static ProblemException insufficientScope(KeycloakSession session, String scope) {
    return new ProblemException(
            ProblemType.INSUFFICIENT_SCOPE, "The access token needs the scope " + scope)
        .header(
            HttpHeaders.WWW_AUTHENTICATE,
            challenge(session, "insufficient_scope") + ", scope=\"" + scope + '"');
  }

  public boolean byCookie() {
    return client == null;
  }

  public boolean hasScope(String scope) {
    return token.getScope() != null && Arrays.asList(token.getScope().split(" ")).contains(scope);
  }

  public boolean hasAudience(String audience) {
    return token.hasAudience(audience);
  }

  /** Whether the access token grants the role of the client. */
  public boolean hasRole(String clientId, String role) {
    AccessToken.Access access = token.getResourceAccess(clientId);
    return access != null && access.isUserInRole(role);
  }

  /** Whether it is a client that acts for itself and not for a person. */
  public boolean isServiceAccount() {
    return user.getServiceAccountClientLink() != null;
  }

  private static AccessToken withItsClaims(
      KeycloakSession session, AuthenticationManager.AuthResult result) {
    AccessToken token = result.token();
    if (token.getAudience() != null) {
      return token;
    }
    AccessTokenIntrospectionProvider<?> introspection =
        (AccessTokenIntrospectionProvider<?>)
            session.getProvider(
                TokenIntrospectionProvider.class,
                AccessTokenIntrospectionProviderFactory.ACCESS_TOKEN_TYPE);
    return introspection.transformAccessToken(token, result.session());
  }

  /**
   * @throws ProblemException 403 if the realm is disabled, or asks for HTTPS and this is none
   */
  public static void requireUsableRealm(KeycloakSession session) {
    RealmModel realm = session.getContext().getRealm();
    if (!realm.isEnabled()) {
      throw new ProblemException(ProblemType.FORBIDDEN, "The realm is disabled");
    }
    if (!session.getContext().getUri().getBaseUri().getScheme().equals("https")
        && realm.getSslRequired().isRequired(session.getContext().getConnection())) {
      throw new ProblemException(ProblemType.FORBIDDEN, "The realm requires HTTPS");
    }
  }

  /**
   * The error for credentials that are not good.
   *
   * @param error the error code of RFC 6750 section 3.1; may be {@code null}
   * @param detail as of a {@link ProblemException}
   */
  public static ProblemException unauthenticated(
      KeycloakSession session, String error, String detail) {
    return new ProblemException(ProblemType.UNAUTHENTICATED, detail)
        .header(HttpHeaders.WWW_AUTHENTICATE, challenge(session, error));
  }

  private static String challenge(KeycloakSession session, String error) {
    String realm = session.getContext().getRealm().getName();
    return "Bearer realm=\""
        + realm.replace("\\", "\\\\").replace("\"", "\\\"")
        + '"'
        + (error == null ? "" : ", error=\"" + error + '"');
  }
}
