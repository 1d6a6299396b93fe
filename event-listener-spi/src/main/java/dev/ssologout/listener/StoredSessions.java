package dev.ssologout.listener;

import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
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
    TypedQuery<Object[]> query =
        entityManager.createQuery(
            "select us.userSessionId, us.offline, us.userId, us.createdOn"
                + " from PersistentUserSessionEntity us where "
                + condition,
            Object[].class);
    parameters.forEach(query::setParameter);
    query.setHint(FETCH_SIZE, PACK);
    List<Object[]> rows = new ArrayList<>(PACK);
    try (Stream<Object[]> stream = query.getResultStream()) {
      for (Iterator<Object[]> iterator = stream.iterator(); iterator.hasNext(); ) {
        rows.add(iterator.next());
        if (rows.size() == PACK || !iterator.hasNext()) {
          consumer.accept(pack(rows, cause));
          rows.clear();
        }
      }
    }
  }

  private PackedEnvelopes pack(List<Object[]> rows, Cause cause) {
    Map<String, List<String>> clientUuids = clientUuids(rows);
    Map<String, Integer> clientIndex = new LinkedHashMap<>();
    List<PackedEnvelopes.Session> sessions = new ArrayList<>(rows.size());
    for (Object[] row : rows) {
      String sid = (String) row[0];
      String userId = (String) row[2];
      List<ClientModel> took =
          clientUuids.getOrDefault(sid + row[1], List.of()).stream()
              .map(this::client)
              .filter(Objects::nonNull)
              .toList();
      Map<String, String> subs =
          ClientView.pairwiseSubs(
              session, took.stream().filter(pairwise::contains).toList(), userId);
      sessions.add(
          new PackedEnvelopes.Session(
              sid,
              userId,
              JpaSessionUtil.offlineFromString((String) row[1]),
              (Integer) row[3],
              took.stream()
                  .map(ClientModel::getClientId)
                  .map(id -> clientIndex.computeIfAbsent(id, key -> clientIndex.size()))
                  .toList(),
              subs.isEmpty() ? null : subs));
    }
    Collection<ClientModel> known = clients.values().stream().filter(Objects::nonNull).toList();
    return new PackedEnvelopes(
        issuer(rows),
        Time.currentTimeMillis(),
        realm.getId(),
        realm.getName(),
        cause.reason().wireName(),
        cause.initiator().wireName(),
        ClientView.markerSeconds(realm, known),
        List.copyOf(clientIndex.keySet()),
        sessions);
  }

  /** By sid and offline flag: the clients of each session. */
  private Map<String, List<String>> clientUuids(List<Object[]> rows) {
    List<Object[]> clientRows =
        entityManager
            .createQuery(
                "select cs.userSessionId, cs.offline, cs.clientId, cs.clientStorageProvider,"
                    + " cs.externalClientId from PersistentClientSessionEntity cs"
                    + " where cs.userSessionId in (:sids)",
                Object[].class)
            .setParameter("sids", rows.stream().map(row -> (String) row[0]).toList())
            .getResultList();
    Map<String, List<String>> uuids = new HashMap<>();
    for (Object[] row : clientRows) {
      String uuid = clientUuid(row[2], row[3], row[4]);
      uuids.computeIfAbsent((String) row[0] + row[1], key -> new ArrayList<>(2)).add(uuid);
    }
    return uuids;
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

  /**
   * As one of the pack's clients saw it; reading every client session's data would cost too much.
   */
  private String issuer(List<Object[]> rows) {
    List<String> data =
        entityManager
            .createQuery(
                "select cs.data from PersistentClientSessionEntity cs where cs.userSessionId in"
                    + " (:sids) and cs.data like '%\"iss\"%'",
                String.class)
            .setParameter("sids", rows.stream().limit(50).map(row -> (String) row[0]).toList())
            .setMaxResults(1)
            .getResultList();
    URI issuer = data.isEmpty() ? null : EndingSession.issuerIn(data.get(0));
    return (issuer != null ? issuer : Issuer.of(session, realm)).toString();
  }
}
