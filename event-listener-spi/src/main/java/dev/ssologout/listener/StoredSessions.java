package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.keycloak.common.util.Time;
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
  private static final int PACK = 500;
  private static final int SAMPLE = 20;
  private static final String FETCH_SIZE = "org.hibernate.fetchSize";

  private final KeycloakSession session;
  private final EntityManager entityManager;
  private final RealmModel realm;
  private final String condition;
  private final Map<String, Object> parameters;
  private final Map<String, ClientModel> clients = new HashMap<>();
  // Asking a client for each of its sessions would take most of the time.
  private final Set<ClientModel> pairwise = new HashSet<>();

  private StoredSessions(
      KeycloakSession session,
      EntityManager entityManager,
      RealmModel realm,
      String condition,
      Map<String, Object> parameters) {
    this.session = session;
    this.entityManager = entityManager;
    this.realm = realm;
    this.condition = condition;
    this.parameters = parameters;
  }

  /** Every session of the realm. */
  static StoredSessions ofRealm(KeycloakSession session, EntityManager em, RealmModel realm) {
    return new StoredSessions(
        session, em, realm, "us.realmId = :realmId", Map.of("realmId", realm.getId()));
  }

  /** Every session of the realm that is, or is not, an offline session. */
  static StoredSessions ofRealm(
      KeycloakSession session, EntityManager em, RealmModel realm, boolean offline) {
    return new StoredSessions(
        session,
        em,
        realm,
        "us.realmId = :realmId and us.offline = :offline",
        Map.of("realmId", realm.getId(), "offline", JpaSessionUtil.offlineToString(offline)));
  }

  /** Every session of the user. */
  static StoredSessions ofUser(
      KeycloakSession session, EntityManager em, RealmModel realm, String userId) {
    return new StoredSessions(
        session,
        em,
        realm,
        "us.realmId = :realmId and us.userId = :userId",
        Map.of("realmId", realm.getId(), "userId", userId));
  }

  /** A client that is being deleted in this transaction and that the realm no longer finds. */
  StoredSessions knowing(ClientModel client) {
    know(client);
    return this;
  }

  /** A client is known by its own id, or, if from a client storage, by the storage's. */
  private static String clientUuid(Object clientId, Object storageProvider, Object externalId) {
    return PersistentClientSessionEntity.EXTERNAL.equals(clientId)
        ? new StorageId((String) storageProvider, (String) externalId).getId()
        : (String) clientId;
  }

  void forEachPack(Cause cause, Consumer<PackedEnvelopes> consumer) {
    String issuer = null;
    List<EndingSession> pack = new ArrayList<>(PACK);
    // A session with several clients has as many rows, one after another.
    TypedQuery<Object[]> query =
        query(
            "select us.userSessionId, us.offline, us.userId, us.createdOn, cs.clientId,"
                + " cs.clientStorageProvider, cs.externalClientId"
                + " from PersistentUserSessionEntity us left join PersistentClientSessionEntity cs"
                + " on cs.userSessionId = us.userSessionId and cs.offline = us.offline where "
                + condition
                + " order by us.userSessionId, us.offline",
            Object[].class);
    try (Stream<Object[]> rows = query.setHint(FETCH_SIZE, PACK).getResultStream()) {
      EndingSession last = null;
      for (Iterator<Object[]> iterator = rows.iterator(); iterator.hasNext(); ) {
        Object[] row = iterator.next();
        if (last == null || !isOf(last, row)) {
          if (pack.size() == PACK) {
            issuer = issuer == null ? issuer() : issuer;
            consumer.accept(pack(pack, cause, issuer));
            pack.clear();
          }
          last =
              new EndingSession(
                  (String) row[0],
                  (String) row[2],
                  JpaSessionUtil.offlineFromString((String) row[1]),
                  (Integer) row[3],
                  new ArrayList<>(2),
                  null);
          pack.add(last);
        }
        ClientModel client = row[4] == null ? null : client(clientUuid(row[4], row[5], row[6]));
        if (client != null) {
          last.clients().add(client);
        }
      }
    }
    if (!pack.isEmpty()) {
      consumer.accept(pack(pack, cause, issuer == null ? issuer() : issuer));
    }
  }

  private static boolean isOf(EndingSession session, Object[] row) {
    return session.sid().equals(row[0])
        && session.offline() == JpaSessionUtil.offlineFromString((String) row[1]);
  }

  private <T> TypedQuery<T> query(String jpql, Class<T> type) {
    TypedQuery<T> query = entityManager.createQuery(jpql, type);
    parameters.forEach(query::setParameter);
    return query;
  }

  private PackedEnvelopes pack(List<EndingSession> endings, Cause cause, String issuer) {
    Map<String, Integer> clientIndex = new LinkedHashMap<>();
    List<PackedEnvelopes.Session> sessions = new ArrayList<>(endings.size());
    for (EndingSession ending : endings) {
      Map<String, String> subs =
          ClientView.pairwiseSubs(
              session,
              ending.clients().stream().filter(pairwise::contains).toList(),
              ending.userId());
      sessions.add(
          new PackedEnvelopes.Session(
              ending.sid(),
              ending.userId(),
              ending.offline(),
              ending.started(),
              ending.clients().stream()
                  .map(ClientModel::getClientId)
                  .map(id -> clientIndex.computeIfAbsent(id, key -> clientIndex.size()))
                  .toList(),
              subs.isEmpty() ? null : subs));
    }
    return new PackedEnvelopes(
        issuer,
        Time.currentTimeMillis(),
        realm.getId(),
        realm.getName(),
        cause.reason().wireName(),
        cause.initiator().wireName(),
        ClientView.markerSeconds(
            realm, clients.values().stream().filter(Objects::nonNull).toList()),
        List.copyOf(clientIndex.keySet()),
        sessions);
  }

  private ClientModel client(String uuid) {
    if (!clients.containsKey(uuid)) {
      ClientModel client = realm.getClientById(uuid);
      if (client == null) {
        clients.put(uuid, null);
      } else {
        know(client);
      }
    }
    return clients.get(uuid);
  }

  private void know(ClientModel client) {
    clients.put(client.getId(), client);
    if (ClientView.hasPairwiseSubs(client)) {
      pairwise.add(client);
    }
  }

  /** As some client saw it; reading what every client session holds would cost too much. */
  private String issuer() {
    return query(
            "select cs.data from PersistentUserSessionEntity us, PersistentClientSessionEntity cs"
                + " where cs.userSessionId = us.userSessionId and cs.offline = us.offline and "
                + condition,
            String.class)
        .setMaxResults(SAMPLE)
        .getResultList()
        .stream()
        .map(EndingSession::issuerIn)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseGet(() -> Issuer.of(session, realm))
        .toString();
  }
}
