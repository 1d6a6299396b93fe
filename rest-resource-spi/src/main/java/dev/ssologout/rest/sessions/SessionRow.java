package dev.ssologout.rest.sessions;

import java.util.concurrent.TimeUnit;
import org.keycloak.models.RealmModel;
import org.keycloak.models.utils.SessionExpirationUtils;

/**
 * A stored session, without its clients.
 *
 * @param started in seconds since the epoch
 * @param lastAccess in seconds since the epoch; Keycloak stores it a little later than it happens
 * @param data {@code null} where it was not read
 */
record SessionRow(
    String sid,
    boolean offline,
    String userId,
    int started,
    int lastAccess,
    boolean rememberMe,
    SessionData data) {

  /** When it ends if nobody uses it before; in milliseconds since the epoch. */
  long expires(RealmModel realm) {
    long idle =
        SessionExpirationUtils.calculateUserSessionIdleTimestamp(
            offline, rememberMe, TimeUnit.SECONDS.toMillis(lastAccess), realm);
    long lifespan =
        SessionExpirationUtils.calculateUserSessionMaxLifespanTimestamp(
            offline, rememberMe, TimeUnit.SECONDS.toMillis(started), realm);
    return lifespan == -1 ? idle : Math.min(idle, lifespan);
  }

  /** Whether Keycloak would still take it; its row stays until the next sweep. */
  boolean isAlive(RealmModel realm, long now) {
    return expires(realm) > now && (!rememberMe || realm.isRememberMe());
  }
}
