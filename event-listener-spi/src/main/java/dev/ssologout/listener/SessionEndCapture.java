package dev.ssologout.listener;

import dev.ssologout.message.SessionEnded;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import java.net.URI;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.keycloak.common.util.MultiSiteUtils;
import org.keycloak.common.util.Time;
import org.keycloak.models.AuthenticatedClientSessionModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.models.session.PersistentUserSessionAdapter;
import org.keycloak.models.session.UserSessionPersisterProvider;
import org.keycloak.protocol.oidc.OIDCConfigAttributes;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;
import org.keycloak.transaction.JtaTransactionManagerLookup;

/**
 * Turns ended sessions into outbox rows. Two witnesses see a session end: the persister, when the
 * session's row is deleted, and an event, which tells the cause. The rules:
 *
 * <ol>
 *   <li>The outbox row is written where the session's row is deleted, so that both commit or both
 *       roll back. The persister's witness does it ({@link #removed}).
 *   <li>An event that comes before only tells the {@linkplain Causes cause}. What nobody told a
 *       cause for ends for an unknown reason, but is not lost.
 *   <li>Where Keycloak deletes without the persister, the event's witness writes the row: always
 *       for the expiry sweep, and for every online session where persistent sessions are off
 *       ({@link #ends}).
 *   <li>Both witnesses derive the same message id from the same session, and a second row of an id
 *       is not written.
 *   <li>A realm that does not name the listener has nothing captured. Nothing that fails in here
 *       may keep a session alive.
 * </ol>
 */
final class SessionEndCapture {
  private static final Logger LOG = Logger.getLogger(SessionEndCapture.class);

  /** Clock differences between Keycloak and who checks a token against the ended-marker. */
  private static final int MARKER_SLACK_SECONDS = 60;

  private final Causes causes = new Causes();
  private final Runnable afterCommit;

  /**
   * @param afterCommit runs after every commit of a transaction that captured something
   */
  SessionEndCapture(Runnable afterCommit) {
    this.afterCommit = afterCommit;
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

  /** Whether every session that ends by request has its row deleted through the persister. */
  static boolean persisterSeesOnlineSessions() {
    return MultiSiteUtils.isPersistentSessionsEnabled();
  }

  /**
   * The persister is about to delete the session's row, in this transaction.
   *
   * @param ended the session as the persister has it, its clients included
   */
  void removed(KeycloakSession session, RealmModel realm, UserSessionModel ended) {
    String userId = userId(ended);
    Cause cause = causes.find(realm.getId(), ended.getId(), userId);
    capture(session, realm, ended, userId, cause == null ? Cause.UNKNOWN : cause);
  }

  /** The session ends without the persister's doing; an event said so. */
  void ends(KeycloakSession session, RealmModel realm, String sid, boolean offline, Cause cause) {
    UserSessionModel ended =
        session
            .getProvider(UserSessionPersisterProvider.class)
            .loadUserSession(realm, sid, offline);
    if (ended != null) {
      capture(session, realm, ended, userId(ended), cause);
    }
  }

  private void capture(
      KeycloakSession session,
      RealmModel realm,
      UserSessionModel ended,
      String userId,
      Cause cause) {
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
        .add(realm.getId(), message, new Outbox.Delivery(markerSeconds(realm, clients)));
    wakeAfterCommit(session);
    LOG.debugf("Captured %s", message);
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

  /** The longest that an access token of the session could still be good, in seconds. */
  private static long markerSeconds(RealmModel realm, List<ClientModel> clients) {
    Stream<Integer> ofClients =
        clients.stream()
            .map(client -> client.getAttribute(OIDCConfigAttributes.ACCESS_TOKEN_LIFESPAN))
            .filter(lifespan -> lifespan != null && lifespan.matches("-?[0-9]{1,9}"))
            .map(Integer::valueOf);
    // A lifespan of -1 stands for "as long as the session".
    int ofSession =
        Math.max(realm.getSsoSessionMaxLifespan(), realm.getSsoSessionMaxLifespanRememberMe());
    int longest =
        Stream.concat(
                Stream.of(
                    realm.getAccessTokenLifespan(), realm.getAccessTokenLifespanForImplicitFlow()),
                ofClients)
            .mapToInt(lifespan -> lifespan < 0 ? ofSession : lifespan)
            .max()
            .getAsInt();
    return (long) longest + MARKER_SLACK_SECONDS;
  }

  private void wakeAfterCommit(KeycloakSession session) {
    JtaTransactionManagerLookup lookup = session.getProvider(JtaTransactionManagerLookup.class);
    try {
      Transaction transaction = lookup.getTransactionManager().getTransaction();
      if (transaction != null) {
        transaction.registerSynchronization(
            new Synchronization() {
              @Override
              public void beforeCompletion() {}

              @Override
              public void afterCompletion(int status) {
                if (status == Status.STATUS_COMMITTED) {
                  afterCommit.run();
                }
              }
            });
      }
    } catch (SystemException | RollbackException | IllegalStateException e) {
      LOG.debugf(e, "No wake-up after this transaction; the next scan finds its rows");
    }
  }
}
