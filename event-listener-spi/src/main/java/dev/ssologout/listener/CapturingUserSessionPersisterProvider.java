package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import java.util.Set;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.jpa.session.JpaUserSessionPersisterProvider;

/**
 * Keycloak's own persister, which also witnesses the deletion of session rows. Whatever ends a
 * session by request comes through here, the silent paths too.
 */
final class CapturingUserSessionPersisterProvider extends JpaUserSessionPersisterProvider {
  private static final Logger LOG = Logger.getLogger(CapturingUserSessionPersisterProvider.class);
  private static final String REALM_REMOVAL = "sso-logout.realm-removal.";

  private final KeycloakSession session;
  private final EntityManager entityManager;
  private final SessionEndCapture capture;

  CapturingUserSessionPersisterProvider(
      KeycloakSession session,
      EntityManager entityManager,
      int expirationBatch,
      SessionEndCapture capture) {
    super(session, entityManager, expirationBatch);
    this.session = session;
    this.entityManager = entityManager;
    this.capture = capture;
  }

  @Override
  public void removeUserSession(String userSessionId, boolean offline) {
    witness(() -> ends(userSessionId, offline, clients -> true));
    super.removeUserSession(userSessionId, offline);
  }

  /** Keycloak removes an offline session together with its last client. */
  @Override
  public void removeClientSession(String userSessionId, String clientUUID, boolean offline) {
    if (offline) {
      witness(() -> ends(userSessionId, true, clients -> clients.equals(Set.of(clientUUID))));
    }
    super.removeClientSession(userSessionId, clientUUID, offline);
  }

  /** Keycloak's sweep is about to delete the session, in this transaction and past this class. */
  void sweeps(RealmModel realm, String sid, boolean offline, Cause cause) {
    StoredSession stored = new StoredSession(entityManager, sid, offline);
    stored.lockClients();
    EndingSession ending = stored.lock(realm);
    if (ending != null) {
      capture.ends(session, realm, ending, cause);
    }
  }

  /**
   * @param condition on the UUIDs of the session's clients
   */
  private void ends(String sid, boolean offline, Predicate<Set<String>> condition) {
    StoredSession stored = new StoredSession(entityManager, sid, offline);
    RealmModel realm = stored.realm(session);
    if (realm == null || !SessionEndCapture.watches(realm)) {
      return;
    }
    EndingSession ending = condition.test(stored.lockClients()) ? stored.lock(realm) : null;
    if (ending != null) {
      capture.ends(
          session,
          realm,
          ending,
          () ->
              SilentCause.of(
                  session, realm, loadUserSession(realm, sid, offline), ending.userId()));
    }
  }

  @Override
  public void removeUserSessions(RealmModel realm) {
    witness(realm, StoredSessions.ofRealm(session, entityManager, realm), Cause.LOGOUT_ALL);
    super.removeUserSessions(realm);
  }

  @Override
  public void removeUserSessions(RealmModel realm, boolean offline) {
    witness(
        realm, StoredSessions.ofRealm(session, entityManager, realm, offline), Cause.LOGOUT_ALL);
    super.removeUserSessions(realm, offline);
  }

  @Override
  public void onUserRemoved(RealmModel realm, UserModel user) {
    witness(
        realm,
        StoredSessions.ofUser(session, entityManager, realm, user.getId()),
        SessionEndCapture.userRemoved(session));
    super.onUserRemoved(realm, user);
  }

  /**
   * A realm's clients are removed before its sessions, and what the sessions had of them. When the
   * first client goes, the sessions can still be told with all of theirs.
   */
  @Override
  public void onClientRemoved(RealmModel realm, ClientModel client) {
    if (RequestPath.removesRealm(session, realm)) {
      witnessRealmRemoval(
          realm, StoredSessions.ofRealm(session, entityManager, realm).knowing(client));
    }
    super.onClientRemoved(realm, client);
  }

  @Override
  public void onRealmRemoved(RealmModel realm) {
    witnessRealmRemoval(realm, StoredSessions.ofRealm(session, entityManager, realm));
    // Past the method above, which takes it for a sign-out.
    super.removeUserSessions(realm);
  }

  private void witnessRealmRemoval(RealmModel realm, StoredSessions sessions) {
    String witnessed = REALM_REMOVAL + realm.getId();
    if (session.getAttribute(witnessed) == null) {
      session.setAttribute(witnessed, true);
      witness(realm, sessions, Cause.REALM_REMOVED);
    }
  }

  private void witness(RealmModel realm, StoredSessions sessions, Cause cause) {
    witness(
        () -> {
          if (SessionEndCapture.watches(realm)) {
            capture.endTogether(session, realm, sessions, cause);
          }
        });
  }

  private static void witness(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | LinkageError e) {
      // A session must end even in a Keycloak in which something of ours has no place any more.
      LOG.error("The end of a session was not captured", e);
    }
  }
}
