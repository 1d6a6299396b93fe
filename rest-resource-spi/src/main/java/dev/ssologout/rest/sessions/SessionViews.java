package dev.ssologout.rest.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.keycloak.common.util.Time;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.AuthenticatedClientSessionModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.session.JpaSessionUtil;
import org.keycloak.models.jpa.session.PersistentClientSessionEntity;
import org.keycloak.models.utils.SessionExpirationUtils;
import org.keycloak.services.util.ResolveRelative;
import org.keycloak.storage.StorageId;
import org.keycloak.theme.Theme;

/** Makes what callers see of sessions: one query for the clients of all, one for the users. */
final class SessionViews {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KeycloakSession session;
  private final RealmModel realm;
  private final EntityManager entityManager;
  private final Map<String, SessionView.Client> clients = new HashMap<>();
  private Properties messages;

  SessionViews(KeycloakSession session, RealmModel realm) {
    this.session = session;
    this.realm = realm;
    this.entityManager = session.getProvider(JpaConnectionProvider.class).getEntityManager();
  }

  private record Key(String sid, boolean offline) {
    static Key of(SessionRow row) {
      return new Key(row.sid(), row.offline());
    }
  }

  /**
   * @param ownSid the session that the user calls from
   * @param ownOffline whether that is an offline session
   */
  List<SessionView> forUser(List<SessionRow> rows, String ownSid, boolean ownOffline) {
    Map<Key, List<SessionView.Client>> parts = clientsOf(rows);
    return rows.stream()
        .map(
            row ->
                view(
                    row,
                    row.sid().equals(ownSid) && row.offline() == ownOffline,
                    null,
                    null,
                    parts.getOrDefault(Key.of(row), List.of())))
        .toList();
  }

  List<SessionView> forAdmin(List<SessionRow> rows) {
    Map<Key, List<SessionView.Client>> parts = clientsOf(rows);
    Map<String, String> usernames = usernames(rows);
    return rows.stream()
        .map(
            row ->
                view(
                    row,
                    null,
                    row.userId(),
                    // Users of a user storage: asking there for each would cost too much.
                    usernames.getOrDefault(row.userId(), row.data().loginUsername()),
                    parts.getOrDefault(Key.of(row), List.of())))
        .toList();
  }

  private SessionView view(
      SessionRow row,
      Boolean current,
      String userId,
      String username,
      List<SessionView.Client> parts) {
    SessionData.Device device = row.data().device();
    return new SessionView(
        row.sid(),
        row.offline(),
        current,
        userId,
        username,
        time(TimeUnit.SECONDS.toMillis(row.started())),
        time(TimeUnit.SECONDS.toMillis(row.lastAccess())),
        time(row.expires(realm)),
        row.rememberMe(),
        row.data().ipAddress(),
        device.browser(),
        device.os(),
        device.mobile(),
        parts);
  }

  static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }

  private Map<Key, List<SessionView.Client>> clientsOf(List<SessionRow> rows) {
    if (rows.isEmpty()) {
      return Map.of();
    }
    Map<Key, SessionRow> byKey = new HashMap<>();
    rows.forEach(row -> byKey.put(Key.of(row), row));
    Map<Key, List<SessionView.Client>> parts = new HashMap<>();
    long now = Time.currentTimeMillis();
    for (Object[] columns :
        entityManager
            .createQuery(
                "select cs.userSessionId, cs.offline, cs.clientId, cs.clientStorageProvider,"
                    + " cs.externalClientId, cs.timestamp, cs.data"
                    + " from PersistentClientSessionEntity cs where cs.userSessionId in :sids",
                Object[].class)
            .setParameter("sids", rows.stream().map(SessionRow::sid).distinct().toList())
            .getResultList()) {
      Key key = new Key((String) columns[0], JpaSessionUtil.offlineFromString((String) columns[1]));
      SessionRow row = byKey.get(key);
      ClientModel client = row == null ? null : client(columns[2], columns[3], columns[4]);
      if (client != null
          && partIsAlive(row, client, (Integer) columns[5], (String) columns[6], now)) {
        parts.computeIfAbsent(key, k -> new ArrayList<>()).add(view(client));
      }
    }
    parts.values().forEach(list -> list.sort(Comparator.comparing(SessionView.Client::clientId)));
    return parts;
  }

  private ClientModel client(Object clientId, Object storageProvider, Object externalId) {
    return realm.getClientById(
        PersistentClientSessionEntity.EXTERNAL.equals(clientId)
            ? new StorageId((String) storageProvider, (String) externalId).getId()
            : (String) clientId);
  }

  /** A client may have shorter times than the realm; Keycloak then takes its part for gone. */
  private boolean partIsAlive(
      SessionRow row, ClientModel client, int timestamp, String data, long now) {
    long idle =
        SessionExpirationUtils.calculateClientSessionIdleTimestamp(
            row.offline(), row.rememberMe(), TimeUnit.SECONDS.toMillis(timestamp), realm, client);
    long lifespan =
        SessionExpirationUtils.calculateClientSessionMaxLifespanTimestamp(
            row.offline(),
            row.rememberMe(),
            TimeUnit.SECONDS.toMillis(partStarted(row, timestamp, data)),
            TimeUnit.SECONDS.toMillis(row.started()),
            realm,
            client);
    return idle > now && (lifespan == -1 || lifespan > now);
  }

  private static long partStarted(SessionRow row, int timestamp, String data) {
    try {
      JsonNode started =
          JSON.readTree(data == null ? "{}" : data)
              .path("notes")
              .path(AuthenticatedClientSessionModel.STARTED_AT_NOTE);
      return started.isMissingNode() ? timestamp : started.asLong(row.started());
    } catch (IOException e) {
      return row.started();
    }
  }

  private SessionView.Client view(ClientModel client) {
    return clients.computeIfAbsent(
        client.getId(),
        id -> new SessionView.Client(client.getClientId(), name(client), url(client)));
  }

  /**
   * Keycloak's own clients are named by a key of its messages, such as {@code ${client_account}}.
   */
  private String name(ClientModel client) {
    String name = client.getName();
    if (name == null || name.isBlank()) {
      return null;
    }
    return name.startsWith("${") && name.endsWith("}")
        ? messages().getProperty(name.substring(2, name.length() - 1), client.getClientId())
        : name;
  }

  private Properties messages() {
    if (messages == null) {
      try {
        Locale locale = session.getContext().resolveLocale(null);
        messages = session.theme().getTheme(Theme.Type.ACCOUNT).getEnhancedMessages(realm, locale);
      } catch (IOException e) {
        messages = new Properties();
      }
    }
    return messages;
  }

  private String url(ClientModel client) {
    try {
      String url =
          ResolveRelative.resolveRelativeUri(session, client.getRootUrl(), client.getBaseUrl());
      URI uri = url == null || url.isBlank() ? null : URI.create(url);
      // Anything else would be a script in a page that links to it.
      return uri != null && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
          ? url
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private Map<String, String> usernames(Collection<SessionRow> rows) {
    Map<String, String> usernames = new HashMap<>();
    if (!rows.isEmpty()) {
      entityManager
          .createQuery(
              "select u.id, u.username from UserEntity u where u.realmId = :realmId and u.id in"
                  + " :ids",
              Object[].class)
          .setParameter("realmId", realm.getId())
          .setParameter("ids", rows.stream().map(SessionRow::userId).distinct().toList())
          .getResultList()
          .forEach(columns -> usernames.put((String) columns[0], (String) columns[1]));
    }
    return usernames;
  }
}
