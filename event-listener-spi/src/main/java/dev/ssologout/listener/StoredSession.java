package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.session.JpaSessionUtil;
import org.keycloak.models.jpa.session.PersistentClientSessionEntity;
import org.keycloak.models.jpa.session.PersistentUserSessionEntity;

/**
 * One session's rows, locked in the order in which Keycloak's persister locks them to delete them:
 * the clients', then the session's own. Whoever would write the same outbox row holds or awaits
 * these locks first, so that two that end one session wait for each other here, as they would
 * without us, and not crosswise at the outbox.
 */
final class StoredSession {
  private final EntityManager entityManager;
  private final String sid;
  private final boolean offline;
  private List<PersistentClientSessionEntity> clientRows;

  StoredSession(EntityManager entityManager, String sid, boolean offline) {
    this.entityManager = entityManager;
    this.sid = sid;
    this.offline = offline;
  }

  /** The session's realm; {@code null} if the session has no row (any more) or no realm. */
  RealmModel realm(KeycloakSession session) {
    PersistentUserSessionEntity row = entityManager.find(PersistentUserSessionEntity.class, key());
    return row == null ? null : session.realms().getRealm(row.getRealmId());
  }

  /** Locks the rows of the session's clients and gives the clients' UUIDs. */
  Set<String> lockClients() {
    // Past the persistence context, which would be checked for changes first: a price that grows
    // with the number of sessions that the transaction ends.
    clientRows =
        entityManager
            .createNamedQuery(
                "findClientSessionsByUserSession", PersistentClientSessionEntity.class)
            .setParameter("userSessionId", sid)
            .setParameter("offline", JpaSessionUtil.offlineToString(offline))
            .setLockMode(LockModeType.PESSIMISTIC_WRITE)
            .setFlushMode(FlushModeType.COMMIT)
            .getResultList();
    return clientRows.stream().map(JpaSessionUtil::getClientId).collect(Collectors.toSet());
  }

  /**
   * After {@link #lockClients}: locks the session's own row.
   *
   * @return {@code null} if another transaction has deleted it meanwhile
   */
  EndingSession lock(RealmModel realm) {
    PersistentUserSessionEntity row =
        entityManager.find(
            PersistentUserSessionEntity.class, key(), LockModeType.PESSIMISTIC_WRITE);
    if (row == null) {
      return null;
    }
    return new EndingSession(
        sid,
        row.getUserId(),
        offline,
        row.getCreatedOn(),
        clientRows.stream()
            .map(JpaSessionUtil::getClientId)
            .map(realm::getClientById)
            .filter(Objects::nonNull)
            .toList(),
        clientRows.stream()
            .map(clientRow -> EndingSession.issuerIn(clientRow.getData()))
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null));
  }

  private PersistentUserSessionEntity.Key key() {
    return new PersistentUserSessionEntity.Key(sid, JpaSessionUtil.offlineToString(offline));
  }
}
