package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.keycloak.common.util.MultiSiteUtils;
import org.keycloak.common.util.Time;
import org.keycloak.models.AuthenticatedClientSessionModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.models.session.PersistentUserSessionAdapter;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;

/**
 * Turns ended sessions into outbox rows. Two witnesses see a session end: the persister, when the
 * session's row is deleted, and an event, which tells the cause. The rules:
 *
 * <ol>
 *   <li>The outbox row is written where the session's row is deleted, so that both commit or both
 *       roll back. The persister's witness does it, one by one ({@link #removed}) or for all that
 *       one statement deletes ({@link #removedTogether}).
 *   <li>An event that comes before only tells the {@linkplain Causes cause}. For an end that nobody
 *       told a cause for it is {@linkplain SilentCause read from the request}.
 *   <li>Where Keycloak deletes without the persister, the event's witness writes the row ({@link
 *       #removed} again): the expiry sweep, and online sessions where persistent sessions are off.
 *   <li>Both witnesses derive the same message id from the same session, and a second row of an id
 *       is not written.
 *   <li>A realm that does not name the listener has nothing captured. Nothing that fails in here
 *       may keep a session alive.
 * </ol>
 */
final class SessionEndCapture {
  private static final Logger LOG = Logger.getLogger(SessionEndCapture.class);

  private final Causes causes = new Causes();
  private final WakeUp wakeUp;

  /**
   * @param afterCommit runs after every commit of a transaction that captured something
   */
  SessionEndCapture(Runnable afterCommit) {
    this.wakeUp = new WakeUp(afterCommit);
  }

  Causes causes() {
    return causes;
  }

  /** Whether the realm has the listener among its event listeners. */
  static boolean watches(RealmModel realm) {
    return realm
        .getEventsListenersStream()
        .anyMatch(RedisLogoutEventListenerProviderFactory.ID::equals);
  }

  /** Whether online sessions have rows, so that the persister witnesses their end. */
  static boolean onlineSessionsAreStored() {
    return MultiSiteUtils.isPersistentSessionsEnabled();
  }

  /** The session's row is about to be deleted in this transaction; the cause is what was told. */
  void removed(KeycloakSession session, RealmModel realm, UserSessionModel ended) {
    String userId = userId(ended);
    Cause cause = causes.find(realm.getId(), ended.getId(), userId);
    if (cause == null) {
      cause = SilentCause.of(session, realm, ended, userId);
    }
    removed(session, realm, ended, cause);
  }

  /**
   * The session ends in this transaction.
   *
   * @param ended the session with its clients
   */
  void removed(KeycloakSession session, RealmModel realm, UserSessionModel ended, Cause cause) {
    String userId = userId(ended);
    Collection<AuthenticatedClientSessionModel> clientSessions =
        ended.getAuthenticatedClientSessions().values();
    List<ClientModel> clients =
        clientSessions.stream()
            .map(AuthenticatedClientSessionModel::getClient)
            .filter(Objects::nonNull)
            .toList();
    SessionEnded message =
        new SessionEnded(
            MessageId.of(realm.getId(), ended.getId(), ended.isOffline(), ended.getStarted()),
            issuer(session, realm, clientSessions),
            Instant.ofEpochMilli(Time.currentTimeMillis()),
            realm.getName(),
            ended.getId(),
            userId,
            ended.isOffline(),
            cause.reason(),
            cause.initiator(),
            clients.stream().map(ClientModel::getClientId).sorted().toList(),
            null);
    new Outbox(session)
        .add(
            realm.getId(),
            new Envelope(
                message,
                ClientView.markerSeconds(realm, clients),
                ClientView.pairwiseSubs(session, clients, userId)));
    wakeUp.afterCommitOf(session);
    LOG.debugf("Captured %s", message);
  }

  /** One statement is about to delete the rows of all these sessions in this transaction. */
  void removedTogether(
      KeycloakSession session, RealmModel realm, StoredSessions sessions, Cause cause) {
    Outbox outbox = new Outbox(session);
    int[] count = new int[1];
    sessions.forEachPack(
        cause,
        packed -> {
          outbox.add(packed);
          count[0] += packed.sessions().size();
        });
    if (count[0] > 0) {
      wakeUp.afterCommitOf(session);
      LOG.debugf("Captured %d sessions of realm %s: %s", count[0], realm.getName(), cause);
    }
  }

  /** Who removes a user in this request. */
  static Cause userRemoved(KeycloakSession session) {
    return switch (RequestPath.of(session)) {
      case NONE -> Cause.userRemoved(Initiator.POLICY);
      case LOGIN, ACCOUNT -> Cause.userRemoved(Initiator.USER);
      default -> Cause.userRemoved(Initiator.ADMIN);
    };
  }

  /** Reading the user model instead would delete the session of a user who is gone. */
  private static String userId(UserSessionModel userSession) {
    return userSession instanceof PersistentUserSessionAdapter persistent
        ? persistent.getUserId()
        : userSession.getUser().getId();
  }

  /**
   * The issuer as the session's clients saw it: the sweep and the admin console run under another
   * host name or under none.
   */
  private static URI issuer(
      KeycloakSession session,
      RealmModel realm,
      Collection<AuthenticatedClientSessionModel> clientSessions) {
    return clientSessions.stream()
        .map(clientSession -> clientSession.getNote(OIDCLoginProtocol.ISSUER))
        .filter(Objects::nonNull)
        .findFirst()
        .map(URI::create)
        .orElseGet(() -> Issuer.of(session, realm));
  }
}
