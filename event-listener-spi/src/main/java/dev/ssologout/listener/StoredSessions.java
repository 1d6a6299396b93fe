package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.TypedQuery;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.session.JpaSessionUtil;
import org.keycloak.models.jpa.session.PersistentClientSessionEntity;
import org.keycloak.storage.StorageId;

/**
 * Rows of sessions that one statement is about to delete, read without making an entity of each, in
 * packs, so that memory does not grow with their number.
 */
final class StoredSessions {
  /** The most sessions in one pack. */
  static final int PACK = 1_000;

  private static final int SAMPLE = 20;
  private static final String FETCH_SIZE = "org.hibernate.fetchSize";

  private final KeycloakSession session;
  private final EntityManager entityManager;
  private final RealmModel realm;
  private final List<Boolean> offline;
  private final String userId;
  private final Map<String, ClientModel> clients = new HashMap<>();
  private URI issuer;

  /**
   * @param offline which of the online ({@code false}) and the offline ones
   * @param userId whose; {@code null} for everybody's
   */
  private StoredSessions(
      KeycloakSession session,
      EntityManager entityManager,
      RealmModel realm,
      List<Boolean> offline,
      String userId) {
    this.session = session;
    this.entityManager = entityManager;
    this.realm = realm;
    this.offline = offline;
    this.userId = userId;
  }

  /** Every session of the realm. */
  static StoredSessions ofRealm(KeycloakSession session, EntityManager em, RealmModel realm) {
    return new StoredSessions(session, em, realm, List.of(false, true), null);
  }

  /** Every session of the realm that is, or is not, an offline session. */
  static StoredSessions ofRealm(
      KeycloakSession session, EntityManager em, RealmModel realm, boolean offline) {
    return new StoredSessions(session, em, realm, List.of(offline), null);
  }

  /** Every session of the user. */
  static StoredSessions ofUser(
      KeycloakSession session, EntityManager em, RealmModel realm, String userId) {
    return new StoredSessions(session, em, realm, List.of(false, true), userId);
  }

  /** A client that is being deleted in this transaction and that the realm no longer finds. */
  StoredSessions knowing(ClientModel client) {
    clients.put(client.getId(), client);
    return this;
  }

  /**
   * The online and the offline session of the sid, whichever have a row in the realm. Their rows
   * are not locked.
   */
  static List<EndingSession> ofSid(EntityManager em, RealmModel realm, String sid) {
    return em
        .createQuery(
            "select us.offline, us.userId, us.createdOn, cs.clientId, cs.clientStorageProvider,"
                + " cs.externalClientId, cs.data"
                + " from PersistentUserSessionEntity us left join PersistentClientSessionEntity cs"
                + " on cs.userSessionId = us.userSessionId and cs.offline = us.offline"
                + " where us.userSessionId = :sid and us.realmId = :realmId",
            Object[].class)
        .setParameter("sid", sid)
        .setParameter("realmId", realm.getId())
        .setFlushMode(FlushModeType.COMMIT)
        .getResultList()
        .stream()
        .collect(Collectors.groupingBy(row -> (String) row[0]))
        .values()
        .stream()
        .map(rows -> ofRows(realm, sid, rows))
        .toList();
  }

  /**
   * @param rows one for each client of the session, or one without a client
   */
  private static EndingSession ofRows(RealmModel realm, String sid, List<Object[]> rows) {
    Object[] any = rows.get(0);
    return new EndingSession(
        sid,
        (String) any[1],
        JpaSessionUtil.offlineFromString((String) any[0]),
        (Integer) any[2],
        rows.stream()
            .filter(row -> row[3] != null)
            .map(row -> realm.getClientById(clientUuid(row[3], row[4], row[5])))
            .filter(Objects::nonNull)
            .toList(),
        rows.stream()
            .map(row -> EndingSession.issuerIn((String) row[6]))
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null));
  }

  /** A client is known by its own id, or, if from a client storage, by the storage's. */
  private static String clientUuid(Object clientId, Object storageProvider, Object externalId) {
    return PersistentClientSessionEntity.EXTERNAL.equals(clientId)
        ? new StorageId((String) storageProvider, (String) externalId).getId()
        : (String) clientId;
  }

  void forEachPack(Cause cause, Consumer<PackedEnvelopes> consumer) {
    offline.forEach(kind -> forEachPack(cause, kind, consumer));
  }

  private void forEachPack(Cause cause, boolean offline, Consumer<PackedEnvelopes> consumer) {
    List<EndingSession> pack = new ArrayList<>(PACK);
    // A session with several clients has as many rows, one after another.
    TypedQuery<Object[]> query =
        query(
            "select us.userSessionId, us.userId, us.createdOn, case when cs.clientId = '"
                + PersistentClientSessionEntity.EXTERNAL
                + "' then concat('f:', cs.clientStorageProvider, ':', cs.externalClientId)"
                + " else cs.clientId end"
                + " from PersistentUserSessionEntity us left join PersistentClientSessionEntity cs"
                + " on cs.userSessionId = us.userSessionId and cs.offline = us.offline where "
                + condition()
                + " order by us.userSessionId",
            Object[].class,
            offline);
    try (Stream<Object[]> rows = query.setHint(FETCH_SIZE, PACK).getResultStream()) {
      EndingSession last = null;
      for (Iterator<Object[]> iterator = rows.iterator(); iterator.hasNext(); ) {
        Object[] row = iterator.next();
        if (last == null || !last.sid().equals(row[0])) {
          if (pack.size() == PACK) {
            consumer.accept(packed(cause, offline, pack));
            pack.clear();
          }
          last =
              new EndingSession(
                  (String) row[0],
                  (String) row[1],
                  offline,
                  (Integer) row[2],
                  new ArrayList<>(2),
                  null);
          pack.add(last);
        }
        ClientModel client = row[3] == null ? null : client((String) row[3]);
        if (client != null) {
          last.clients().add(client);
        }
      }
    }
    if (!pack.isEmpty()) {
      consumer.accept(packed(cause, offline, pack));
    }
  }

  private PackedEnvelopes packed(Cause cause, boolean offline, List<EndingSession> pack) {
    if (issuer == null) {
      issuer = issuer(offline);
    }
    return PackedEnvelopes.of(session, realm, issuer, cause, offline, pack);
  }

  private String condition() {
    return "us.realmId = :realmId and us.offline = :offline"
        + (userId == null ? "" : " and us.userId = :userId");
  }

  private <T> TypedQuery<T> query(String jpql, Class<T> type, boolean offline) {
    TypedQuery<T> query =
        entityManager
            .createQuery(jpql, type)
            .setParameter("realmId", realm.getId())
            .setParameter("offline", JpaSessionUtil.offlineToString(offline));
    return userId == null ? query : query.setParameter("userId", userId);
  }

  private ClientModel client(String uuid) {
    if (!clients.containsKey(uuid)) {
      // A client that is gone is remembered too.
      clients.put(uuid, realm.getClientById(uuid));
    }
    return clients.get(uuid);
  }

  /** As some client saw it; reading what every client session holds would cost too much. */
  private URI issuer(boolean offline) {
    return query(
            "select cs.data from PersistentUserSessionEntity us, PersistentClientSessionEntity cs"
                + " where cs.userSessionId = us.userSessionId and cs.offline = us.offline and "
                + condition(),
            String.class,
            offline)
        .setMaxResults(SAMPLE)
        .getResultList()
        .stream()
        .map(EndingSession::issuerIn)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseGet(() -> Issuer.of(session, realm));
  }
}
