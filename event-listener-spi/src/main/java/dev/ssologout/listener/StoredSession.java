package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.session.JpaSessionUtil;
import org.keycloak.models.jpa.session.PersistentClientSessionEntity;
import org.keycloak.models.jpa.session.PersistentUserSessionEntity;

/** One session's rows, locked. */
final class StoredSession {
  private final EntityManager entityManager;
  private final PersistentUserSessionEntity row;
  private final List<PersistentClientSessionEntity> clientRows;

  private StoredSession(
      EntityManager entityManager,
      PersistentUserSessionEntity row,
      List<PersistentClientSessionEntity> clientRows) {
    this.entityManager = entityManager;
    this.row = row;
    this.clientRows = clientRows;
  }

  /**
   * Locks the rows in the order in which Keycloak's persister locks them to delete them: the
   * clients', then the session's own. Whoever would write the same outbox row holds or awaits these
   * locks first, so that two that end one session wait for each other here, as they would without
   * us, and not crosswise at the outbox.
   *
   * <p>Never look at the session's row before: Hibernate takes a row that it has seen and that is
   * gone once it can be locked for an error.
   *
   * @return {@code null} if the session has no row (any more)
   */
  static StoredSession lock(EntityManager entityManager, String sid, boolean offline) {
    return find(entityManager, sid, offline, LockModeType.PESSIMISTIC_WRITE);
  }

  /**
   * As {@link #lock}, but for the session's own row, which is left for {@link
   * Outbox#addAndDeleteSession} to lock. So it may be gone by then.
   */
  static StoredSession withClientsLocked(EntityManager entityManager, String sid, boolean offline) {
    return find(entityManager, sid, offline, LockModeType.NONE);
  }

  private static StoredSession find(
      EntityManager entityManager, String sid, boolean offline, LockModeType lock) {
    String offlineFlag = JpaSessionUtil.offlineToString(offline);
    // Past the persistence context, which would be checked for changes first: a price that grows
    // with the number of sessions that the transaction ends.
    List<PersistentClientSessionEntity> clientRows =
        entityManager
            .createNamedQuery(
                "findClientSessionsByUserSession", PersistentClientSessionEntity.class)
            .setParameter("userSessionId", sid)
            .setParameter("offline", offlineFlag)
            .setLockMode(LockModeType.PESSIMISTIC_WRITE)
            .setFlushMode(FlushModeType.COMMIT)
            .getResultList();
    PersistentUserSessionEntity row =
        entityManager.find(
            PersistentUserSessionEntity.class,
            new PersistentUserSessionEntity.Key(sid, offlineFlag),
            lock);
    return row == null ? null : new StoredSession(entityManager, row, clientRows);
  }

  String realmId() {
    return row.getRealmId();
  }

  /** The clients that this transaction has not removed from the session. */
  Set<String> remainingClients() {
    return clientRows.stream()
        .filter(entityManager::contains)
        .map(JpaSessionUtil::getClientId)
        .collect(Collectors.toSet());
  }

  /** The session with all clients that took part until this transaction. */
  EndingSession ending(RealmModel realm) {
    return new EndingSession(
        row.getUserSessionId(),
        row.getUserId(),
        JpaSessionUtil.offlineFromString(row.getOffline()),
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

  /** Deletes the clients' rows. */
  void removeClients() {
    clientRows.forEach(entityManager::remove);
  }

  /** Has the persistence context forget the session's own row, and what it would write there. */
  void detach() {
    boolean stored =
        entityManager
            .unwrap(SharedSessionContractImplementor.class)
            .getPersistenceContextInternal()
            .getEntry(row)
            .isExistsInDatabase();
    if (!stored) {
      // Its INSERT would come later all the same.
      entityManager.flush();
    }
    entityManager.detach(row);
  }
}
