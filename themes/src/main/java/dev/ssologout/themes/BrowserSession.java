package dev.ssologout.themes;

import dev.ssologout.broadcaster.LogoutBroadcasterResourceProviderFactory;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.keycloak.TokenVerifier;
import org.keycloak.common.VerificationException;
import org.keycloak.cookie.CookieProvider;
import org.keycloak.cookie.CookieType;
import org.keycloak.crypto.SignatureProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.representations.AccessToken;
import org.keycloak.services.Urls;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.services.resource.RealmResourceProvider;
import org.keycloak.util.TokenUtil;

/**
 * The SSO session that the browser's identity cookie names. The browser keeps the cookie of a
 * session that was ended elsewhere, so that it proves of which session a page may speak. To look
 * does not count as use of the session.
 */
final class BrowserSession {
  private static final TokenVerifier.TokenTypeCheck IDENTITY_COOKIE =
      new TokenVerifier.TokenTypeCheck(List.of(TokenUtil.TOKEN_TYPE_KEYCLOAK_ID));

  private final KeycloakSession session;
  private final RealmModel realm;
  private final AccessToken cookie;
  private final UserSessionModel found;

  private BrowserSession(KeycloakSession session, AccessToken cookie, UserSessionModel found) {
    this.session = session;
    this.realm = session.getContext().getRealm();
    this.cookie = cookie;
    this.found = found;
  }

  /**
   * How the session ended.
   *
   * @param reason {@link Reason#UNKNOWN} where the node has not heard of it
   */
  record End(String sid, Reason reason, Initiator initiator, Instant time) {}

  /**
   * @return empty where there is no cookie, or none of this realm's
   */
  static Optional<BrowserSession> of(KeycloakSession session) {
    String text = session.getProvider(CookieProvider.class).get(CookieType.IDENTITY);
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    RealmModel realm = session.getContext().getRealm();
    try {
      TokenVerifier<AccessToken> verifier =
          TokenVerifier.create(text, AccessToken.class)
              .withChecks(
                  new TokenVerifier.RealmUrlCheck(
                      Urls.realmIssuer(
                          session.getContext().getUri().getBaseUri(), realm.getName())),
                  IDENTITY_COOKIE);
      SignatureProvider signatures =
          session.getProvider(SignatureProvider.class, verifier.getHeader().getRawAlgorithm());
      if (signatures == null) {
        return Optional.empty();
      }
      AccessToken cookie =
          verifier
              .verifierContext(signatures.verifier(verifier.getHeader().getKeyId()))
              .verify()
              .getToken();
      if (cookie.getSessionId() == null) {
        return Optional.empty();
      }
      UserSessionModel found = session.sessions().getUserSession(realm, cookie.getSessionId());
      // Keycloak may begin another session under the id of one that is over.
      return found != null
              && (found.getUser() == null || !found.getUser().getId().equals(cookie.getSubject()))
          ? Optional.empty()
          : Optional.of(new BrowserSession(session, cookie, found));
    } catch (VerificationException e) {
      return Optional.empty();
    }
  }

  String sid() {
    return cookie.getSessionId();
  }

  /** The apps that take part in it, as people know them; a name may be a key of messages. */
  List<String> apps() {
    return found == null
        ? List.of()
        : found.getAuthenticatedClientSessions().values().stream()
            .map(part -> name(part.getClient()))
            .toList();
  }

  private static String name(ClientModel client) {
    String name = client.getName();
    return name == null || name.isBlank() ? client.getClientId() : name;
  }

  /**
   * @return empty if it lives
   */
  Optional<End> end() {
    // What was heard comes first, as Keycloak's caches may show a session a moment longer.
    Optional<SessionEnded> heard =
        heard()
            .filter(
                message -> found == null || message.time().getEpochSecond() >= found.getStarted());
    if (heard.isPresent()) {
      SessionEnded message = heard.get();
      return Optional.of(new End(sid(), message.reason(), message.initiator(), message.time()));
    }
    if (found == null && cookie.isActive()) {
      return Optional.of(new End(sid(), Reason.UNKNOWN, Initiator.SYSTEM, Instant.now()));
    }
    if (found == null || !AuthenticationManager.isSessionValid(realm, found)) {
      return Optional.of(new End(sid(), Reason.EXPIRED, Initiator.POLICY, Instant.now()));
    }
    return Optional.empty();
  }

  /**
   * As {@link #end}, in a request that signs the user out: Keycloak shows the page first, and then
   * removes the session in the same transaction.
   */
  Optional<End> endNow() {
    return found != null && found.getState() != UserSessionModel.State.LOGGED_IN
        ? Optional.of(new End(sid(), Reason.LOGOUT, Initiator.USER, Instant.now()))
        : end();
  }

  private Optional<SessionEnded> heard() {
    // Absent where an operator has disabled the broadcaster.
    return session
                .getKeycloakSessionFactory()
                .getProviderFactory(
                    RealmResourceProvider.class, LogoutBroadcasterResourceProviderFactory.ID)
            instanceof LogoutBroadcasterResourceProviderFactory broadcaster
        ? broadcaster.heard(realm.getName(), sid())
        : Optional.empty();
  }
}
