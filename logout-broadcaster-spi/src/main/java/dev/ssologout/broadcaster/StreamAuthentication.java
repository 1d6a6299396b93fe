package dev.ssologout.broadcaster;

import dev.ssologout.rest.Caller;
import dev.ssologout.rest.ClientAddress;
import dev.ssologout.rest.CrossOrigin;
import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.keycloak.TokenVerifier;
import org.keycloak.common.VerificationException;
import org.keycloak.crypto.SignatureProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.protocol.oidc.TokenManager;
import org.keycloak.representations.AccessToken;
import org.keycloak.services.Urls;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.util.TokenUtil;

/**
 * Whose session a request is about.
 *
 * <p>A token proves it: an access token or an ID token (OpenID Connect Core 1.0 section 2) of this
 * realm, of a client that takes part in the session. Once the session has ended, the token still
 * proves which one it was about, be it expired meanwhile; that alone is then told.
 */
final class StreamAuthentication {
  private static final String BEARER = "Bearer ";

  private final KeycloakSession session;
  private final RealmModel realm;
  private final LogoutStreams streams;

  /**
   * @param client that the listener is; {@code null} for a page of Keycloak's own
   * @param lives whether the session lives
   */
  record Listener(Watch watch, ClientModel client, boolean lives) {}

  StreamAuthentication(KeycloakSession session, LogoutStreams streams) {
    this.session = session;
    this.streams = streams;
    this.realm = session.getContext().getRealm();
  }

  /**
   * By the token in the Authorization header (RFC 6750 section 2.1).
   *
   * @return empty where there is no such header
   * @throws ProblemException 401 if the header holds no token that is good for this, 403 if the
   *     token is about no session
   */
  Optional<Listener> byToken() {
    List<String> headers =
        session.getContext().getRequestHeaders().getRequestHeader(HttpHeaders.AUTHORIZATION);
    if (headers == null || headers.isEmpty()) {
      return Optional.empty();
    }
    Caller.requireUsableRealm(session);
    String header = headers.get(0);
    if (headers.size() > 1 || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw invalidToken();
    }
    AccessToken token = verify(header.substring(BEARER.length()));
    if (token.getSessionId() == null) {
      throw new ProblemException(ProblemType.FORBIDDEN, "The token is about no session");
    }
    ClientModel client = realm.getClientByClientId(token.getIssuedFor());
    if (client == null || !client.isEnabled()) {
      throw invalidToken();
    }
    return Optional.of(listener(token, client));
  }

  /**
   * By the identity cookie, for pages of Keycloak's own origin.
   *
   * @param allOfUser whether to listen to all of the user's sessions
   * @throws ProblemException 401 without a good cookie, 403 for a page of another origin
   */
  Listener byCookie(boolean allOfUser) {
    CrossOrigin.requireSameOrigin(session);
    Caller caller =
        Caller.byIdentityCookie(session).orElseThrow(() -> Caller.unauthenticated(session));
    return new Listener(watch(caller.userSession(), null, allOfUser), null, true);
  }

  private AccessToken verify(String text) {
    try {
      TokenVerifier<AccessToken> verifier =
          TokenVerifier.create(text, AccessToken.class)
              .withChecks(
                  new TokenVerifier.RealmUrlCheck(
                      Urls.realmIssuer(
                          session.getContext().getUri().getBaseUri(), realm.getName())));
      String algorithm = verifier.getHeader().getRawAlgorithm();
      SignatureProvider signatures = session.getProvider(SignatureProvider.class, algorithm);
      if (signatures == null) {
        throw invalidToken();
      }
      verifier.verifierContext(signatures.verifier(verifier.getHeader().getKeyId()));
      AccessToken token = verifier.verify().getToken();
      boolean idToken = TokenUtil.TOKEN_TYPE_ID.equals(token.getType());
      boolean accessToken = TokenUtil.TOKEN_TYPE_BEARER.equals(token.getType());
      if (token.getIssuedFor() == null
          || idToken && !token.hasAudience(token.getIssuedFor())
          || !idToken && !accessToken) {
        throw invalidToken();
      }
      if (accessToken && token.getConfirmation() != null) {
        // It is good only together with a proof of its owner's key (RFC 8705, RFC 9449).
        throw Caller.unauthenticated(
            session,
            "invalid_token",
            "A sender-constrained access token is not taken here; use the ID token or a ticket");
      }
      return token;
    } catch (VerificationException e) {
      throw invalidToken();
    }
  }

  private Listener listener(AccessToken token, ClientModel client) {
    String sid = token.getSessionId();
    UserSessionModel online = session.sessions().getUserSession(realm, sid);
    UserSessionModel found =
        lives(online) ? online : session.sessions().getOfflineUserSession(realm, sid);
    if (!lives(found) || token.isIssuedBeforeSessionStart(found.getStarted()) || ended(found)) {
      Watch over = new Watch(realm.getName(), sid, false, 0, "", client.getClientId(), false, "");
      return new Listener(over, client, false);
    }
    if (!token.isActive()
        || token.getIat() < realm.getNotBefore()
        || token.getIat() < client.getNotBefore()
        || found.getAuthenticatedClientSessionByClient(client.getId()) == null
        || !TokenManager.isUserValid(session, realm, token, found.getUser())
        || !new TokenManager.TokenRevocationCheck(session).test(token)) {
      throw invalidToken();
    }
    return new Listener(watch(found, client, false), client, true);
  }

  /**
   * Whoever looks at a session while it is deleted may leave it in Keycloak's cache for a while.
   */
  private boolean ended(UserSessionModel found) {
    return streams.recent(
            new Watch.Session(realm.getName(), found.getId(), found.isOffline()),
            found.getStarted())
        != null;
  }

  private boolean lives(UserSessionModel found) {
    return AuthenticationManager.isSessionValid(realm, found);
  }

  private Watch watch(UserSessionModel found, ClientModel client, boolean allOfUser) {
    return new Watch(
        realm.getName(),
        found.getId(),
        found.isOffline(),
        found.getStarted(),
        Objects.requireNonNull(found.getUser().getId()),
        client == null ? null : client.getClientId(),
        allOfUser,
        ClientAddress.network(session));
  }

  private ProblemException invalidToken() {
    return Caller.unauthenticated(
        session, "invalid_token", "The token is not good for a session of this realm");
  }
}
