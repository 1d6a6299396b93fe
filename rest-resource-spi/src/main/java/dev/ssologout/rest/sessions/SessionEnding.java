package dev.ssologout.rest.sessions;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.services.managers.AuthenticationManager;

/** Ends sessions as Keycloak's own account and admin APIs do, back-channel logout included. */
final class SessionEnding {
  private final KeycloakSession session;
  private final RealmModel realm;
  private int sessions;
  private int clientSessions;

  SessionEnding(KeycloakSession session, RealmModel realm) {
    this.session = session;
    this.realm = realm;
  }

  /**
   * What has been ended by this object.
   *
   * @param endedSessions an online and an offline session of the same sid count as two
   * @param endedClientSessions the clients' parts, those of ended sessions included
   */
  public record Result(int endedSessions, int endedClientSessions) {}

  Result result() {
    return new Result(sessions, clientSessions);
  }

  /**
   * The online and the offline session of the sid, as far as they exist. They come from one sign-in
   * on one device and so end together, as in Keycloak's account API.
   */
  Stream<UserSessionModel> find(String sid) {
    return Stream.of(
            session.sessions().getUserSession(realm, sid),
            session.sessions().getOfflineUserSession(realm, sid))
        .filter(Objects::nonNull);
  }

  /**
   * @param event fires the event that goes with the end
   */
  void end(UserSessionModel userSession, Consumer<UserSessionModel> event) {
    int parts = userSession.getAuthenticatedClientSessions().size();
    AuthenticationManager.backchannelLogout(
        session,
        realm,
        userSession,
        session.getContext().getUri(),
        session.getContext().getConnection(),
        session.getContext().getHttpRequest().getHttpHeaders(),
        true);
    event.accept(userSession);
    sessions++;
    clientSessions += parts;
  }

  /**
   * Ends the client's part, and the session with its last one.
   *
   * @param event fires the event that goes with the end of the session
   * @param partEvent fires the event that goes with the end of the part alone
   * @return whether the client had a part
   */
  boolean endPart(
      UserSessionModel userSession,
      ClientModel client,
      Consumer<UserSessionModel> event,
      Consumer<UserSessionModel> partEvent) {
    if (userSession.getAuthenticatedClientSessionByClient(client.getId()) == null) {
      return false;
    }
    if (userSession.getAuthenticatedClientSessions().size() == 1) {
      end(userSession, event);
      return true;
    }
    AuthenticationManager.backchannelLogoutUserSessionFromClient(
        session,
        realm,
        userSession,
        client,
        session.getContext().getUri(),
        session.getContext().getHttpRequest().getHttpHeaders());
    partEvent.accept(userSession);
    clientSessions++;
    return true;
  }
}
