package dev.ssologout.broadcaster;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.models.utils.SessionExpirationUtils;
import org.keycloak.services.managers.AuthenticationManager;

/** Asks Keycloak whether sessions still live. */
final class SessionCheck {
  private static final Logger LOG = Logger.getLogger(SessionCheck.class);

  /** How many sessions are looked up in one transaction. */
  private static final int BATCH = 100;

  private final KeycloakSessionFactory factory;
  private final LogoutStreams streams;

  SessionCheck(KeycloakSessionFactory factory, LogoutStreams streams) {
    this.factory = factory;
    this.streams = streams;
  }

  /**
   * Looks the session up, past what this thread's own request has read, and tells its streams if it
   * is over.
   *
   * @return whether it lives
   */
  boolean check(Watch.Session session) {
    return KeycloakModelUtils.runJobInTransactionWithResult(
        factory, keycloak -> check(keycloak, session, Reason.UNKNOWN, Initiator.SYSTEM));
  }

  /** Looks the sessions up and tells the streams of those that are over. */
  void checkAll(Collection<Watch.Session> sessions) {
    checkAll(sessions, Reason.UNKNOWN, Initiator.SYSTEM);
  }

  /** As {@link #checkAll}, of sessions whose time should be over. */
  void checkExpired(Collection<Watch.Session> sessions) {
    checkAll(sessions, Reason.EXPIRED, Initiator.POLICY);
  }

  private void checkAll(Collection<Watch.Session> sessions, Reason reason, Initiator initiator) {
    List<Watch.Session> all = new ArrayList<>(sessions);
    for (int from = 0; from < all.size(); from += BATCH) {
      List<Watch.Session> batch = all.subList(from, Math.min(from + BATCH, all.size()));
      KeycloakModelUtils.runJobInTransaction(
          factory,
          keycloak -> batch.forEach(session -> check(keycloak, session, reason, initiator)));
    }
    LOG.debugf("Looked %d sessions up", all.size());
  }

  private boolean check(
      KeycloakSession keycloak, Watch.Session session, Reason reason, Initiator initiator) {
    RealmModel realm = keycloak.realms().getRealmByName(session.realm());
    UserSessionModel found = null;
    if (realm != null) {
      keycloak.getContext().setRealm(realm);
      found =
          session.offline()
              ? keycloak.sessions().getOfflineUserSession(realm, session.sid())
              : keycloak.sessions().getUserSession(realm, session.sid());
    }
    if (found == null || !AuthenticationManager.isSessionValid(realm, found)) {
      // What has expired has its row until Keycloak sweeps, but nobody can use it any more.
      streams.tellWithoutMessage(session, reason, initiator);
      return false;
    }
    streams.expires(session, expiry(realm, found));
    return true;
  }

  private static long expiry(RealmModel realm, UserSessionModel session) {
    long idle =
        SessionExpirationUtils.calculateUserSessionIdleTimestamp(
            session.isOffline(),
            session.isRememberMe(),
            session.getLastSessionRefresh() * 1000L,
            realm);
    long max =
        SessionExpirationUtils.calculateUserSessionMaxLifespanTimestamp(
            session.isOffline(), session.isRememberMe(), session.getStarted() * 1000L, realm);
    return max == -1 ? idle : Math.min(idle, max);
  }
}
