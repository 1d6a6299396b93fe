package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.models.jpa.session.JpaSessionUtil;
import org.keycloak.models.jpa.session.JpaUserSessionPersisterProvider;
import org.keycloak.models.jpa.session.PersistentUserSessionEntity;

/**
 * Keycloak's own persister, which also witnesses the deletion of session rows. Whatever ends a
 * session by request comes through here, the silent paths too.
 */
final class CapturingUserSessionPersisterProvider extends JpaUserSessionPersisterProvider {
  private static final Logger LOG = Logger.getLogger(CapturingUserSessionPersisterProvider.class);

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
    witness(userSessionId, offline);
    super.removeUserSession(userSessionId, offline);
  }

  private void witness(String sid, boolean offline) {
    try {
      PersistentUserSessionEntity row = row(sid, offline);
      if (row == null) {
        // Never stored, or removed before.
        return;
      }
      RealmModel realm = session.realms().getRealm(row.getRealmId());
      if (realm == null || !SessionEndCapture.watches(realm)) {
        return;
      }
      UserSessionModel ended = loadUserSession(realm, sid, offline);
      if (ended != null) {
        capture.removed(session, realm, ended);
      }
    } catch (RuntimeException e) {
      LOG.errorf(e, "The end of session %s was not captured", sid);
    }
  }

  private PersistentUserSessionEntity row(String sid, boolean offline) {
    return entityManager.find(
        PersistentUserSessionEntity.class,
        new PersistentUserSessionEntity.Key(sid, JpaSessionUtil.offlineToString(offline)));
  }
}
