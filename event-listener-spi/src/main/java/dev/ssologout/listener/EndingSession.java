package dev.ssologout.listener;

import java.net.URI;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keycloak.models.AuthenticatedClientSessionModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.models.session.PersistentUserSessionAdapter;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;

/**
 * What is captured of a session that ends.
 *
 * @param started in seconds since the epoch
 * @param clients those that took part
 * @param issuer as one of its clients saw it; {@code null} if none did
 */
record EndingSession(
    String sid,
    String userId,
    boolean offline,
    int started,
    List<ClientModel> clients,
    URI issuer) {

  private static final Pattern ISSUER =
      Pattern.compile("\"" + OIDCLoginProtocol.ISSUER + "\":\"([^\"\\\\]+)\"");

  static EndingSession of(UserSessionModel userSession) {
    List<AuthenticatedClientSessionModel> clientSessions =
        userSession.getAuthenticatedClientSessions().values().stream()
            .filter(clientSession -> clientSession.getClient() != null)
            .toList();
    return new EndingSession(
        userSession.getId(),
        userId(userSession),
        userSession.isOffline(),
        userSession.getStarted(),
        clientSessions.stream().map(AuthenticatedClientSessionModel::getClient).toList(),
        clientSessions.stream()
            .map(clientSession -> clientSession.getNote(OIDCLoginProtocol.ISSUER))
            .filter(issuer -> issuer != null)
            .findFirst()
            .map(URI::create)
            .orElse(null));
  }

  /** Reading the user model instead would delete the session of a user who is gone. */
  private static String userId(UserSessionModel userSession) {
    return userSession instanceof PersistentUserSessionAdapter persistent
        ? persistent.getUserId()
        : userSession.getUser().getId();
  }

  /**
   * The issuer in a client session's data as the database has it: JSON, of which this is the only
   * member of interest.
   *
   * @return {@code null} if there is none
   */
  static URI issuerIn(String clientSessionData) {
    Matcher matcher = ISSUER.matcher(clientSessionData == null ? "" : clientSessionData);
    return matcher.find() ? URI.create(matcher.group(1)) : null;
  }
}
