package dev.ssologout.rest.sessions;

import jakarta.persistence.EntityManager;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.keycloak.common.util.Time;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.session.JpaSessionUtil;
import org.keycloak.models.jpa.session.PersistentUserSessionEntity;

/** Reads one stored session. */
final class SessionRows {
  /** What Keycloak makes, and the UUIDs that it made before. */
  private static final Pattern SID = Pattern.compile("[A-Za-z0-9_-]{1,36}");

  private SessionRows() {}

  static boolean isSid(String text) {
    return SID.matcher(text).matches();
  }

  /**
   * @param offline {@code null} for the online session, or else the offline one
   * @return empty unless it lives
   */
  static Optional<SessionRow> find(
      KeycloakSession session, RealmModel realm, String sid, Boolean offline) {
    if (!isSid(sid)) {
      return Optional.empty();
    }
    EntityManager entityManager =
        session.getProvider(JpaConnectionProvider.class).getEntityManager();
    long now = Time.currentTimeMillis();
    return Stream.of(false, true)
        .filter(kind -> offline == null || offline.equals(kind))
        .flatMap(
            kind ->
                Stream.ofNullable(
                    entityManager.find(
                        PersistentUserSessionEntity.class,
                        new PersistentUserSessionEntity.Key(
                            sid, JpaSessionUtil.offlineToString(kind)))))
        .filter(entity -> entity.getRealmId().equals(realm.getId()))
        .map(SessionRows::row)
        .filter(row -> row.isAlive(realm, now))
        .findFirst();
  }

  private static SessionRow row(PersistentUserSessionEntity entity) {
    SessionData data = SessionData.parse(entity.getData());
    return new SessionRow(
        entity.getUserSessionId(),
        JpaSessionUtil.offlineFromString(entity.getOffline()),
        entity.getUserId(),
        entity.getCreatedOn(),
        entity.getLastSessionRefresh(),
        entity.isRememberMe() || data.rememberMe(),
        data);
  }
}
