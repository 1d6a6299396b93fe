package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceException;
import java.util.List;
import java.util.Set;
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
    boolean[] removed = new boolean[1];
    witness(() -> removed[0] = endsAndIsRemoved(userSessionId, offline));
    if (!removed[0]) {
      super.removeUserSession(userSessionId, offline);
    }
  }

  /** Keycloak removes an offline session together with its last client. */
  @Override
  public void removeClientSession(String userSessionId, String clientUUID, boolean offline) {
    if (offline) {
      witness(() -> endsWithoutItsLastClient(userSessionId, clientUUID));
    }
    super.removeClientSession(userSessionId, clientUUID, offline);
  }

  /**
   * Keycloak's sweep is about to delete the session in this transaction, past this class. It does
   * not say whether it means the online or the offline session of the sid.
   */
  void sweeps(RealmModel realm, String sid) {
    List<EndingSession> candidates = StoredSessions.ofSid(entityManager, realm, sid);
    candidates.stream()
        .filter(
            candidate ->
                candidates.size() == 1
                    || Expiry.isOver(realm, loadUserSession(realm, sid, candidate.offline())))
        .forEach(expired -> capture.swept(session, realm, expired, Cause.EXPIRED));
  }

  /** As {@link #sweeps}, because the realm no longer remembers; offline sessions never are. */
  void sweepsRemembered(RealmModel realm, String sid) {
    StoredSessions.ofSid(entityManager, realm, sid).stream()
        .filter(candidate -> !candidate.offline())
        .forEach(invalid -> capture.swept(session, realm, invalid, Cause.REMEMBER_ME_OFF));
  }

  /**
   * What the overridden method would do, less its query for the client's rows, which are at hand,
   * and with the end's outbox row in place of its lock on the session's own.
   *
   * @return whether that was done
   */
  private boolean endsAndIsRemoved(String sid, boolean offline) {
    RealmModel realm = watchedRealm();
    StoredSession stored =
        realm == null ? null : StoredSession.withClientsLocked(entityManager, sid, offline);
    // Without a row it was never stored, or has been removed before.
    if (stored == null || !stored.realmId().equals(realm.getId())) {
      return false;
    }
    EndingSession ending = stored.ending(realm);
    Cause cause = capture.cause(realm, ending, () -> silentCause(realm, ending));
    stored.detach();
    if (cause == null) {
      return false;
    }
    stored.removeClients();
    capture.endsWithItsRow(session, realm, ending, cause);
    return true;
  }

  private void endsWithoutItsLastClient(String sid, String clientUuid) {
    RealmModel realm = watchedRealm();
    StoredSession stored = realm == null ? null : StoredSession.lock(entityManager, sid, true);
    if (stored != null
        && stored.realmId().equals(realm.getId())
        && stored.remainingClients().equals(Set.of(clientUuid))) {
      EndingSession ending = stored.ending(realm);
      Cause cause = capture.cause(realm, ending, () -> silentCause(realm, ending));
      if (cause != null) {
        capture.ends(session, realm, ending, cause);
      }
    }
  }

  /**
   * @return {@code null} if nobody asked for the realm's ends
   */
  private RealmModel watchedRealm() {
    // Whoever calls the persister has set the realm of the session that it is about.
    RealmModel realm = session.getContext().getRealm();
    return realm != null && SessionEndCapture.watches(realm) ? realm : null;
  }

  private Cause silentCause(RealmModel realm, EndingSession ending) {
    return SilentCause.of(
        session, realm, loadUserSession(realm, ending.sid(), ending.offline()), ending.userId());
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
   * A client is removed. When its realm is, the clients go before the sessions; with the first of
   * them the sessions can still be told with all of theirs.
   */
  void clientIsRemoved(ClientModel client) {
    if (RequestPath.removesRealm(session, client.getRealm())) {
      RealmModel realm = client.getRealm();
      witnessRealmRemoval(
          realm, StoredSessions.ofRealm(session, entityManager, realm).knowing(client));
    }
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
            capture.endTogether(session, sessions, cause);
          }
        });
  }

  private static void witness(Runnable work) {
    try {
      work.run();
    } catch (PersistenceException e) {
      // The transaction can no longer commit, so the session goes on and its user has to know.
      throw e;
    } catch (RuntimeException | LinkageError e) {
      // A session must end even in a Keycloak in which something of ours has no place any more.
      LOG.error("The end of a session was not captured", e);
    }
  }
}
