package dev.ssologout.listener;

import java.util.concurrent.TimeUnit;
import org.keycloak.common.util.Time;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.models.utils.SessionExpirationUtils;

/** Whether a session's time is over by the realm's settings. */
final class Expiry {
  private Expiry() {}

  static boolean isOver(RealmModel realm, UserSessionModel userSession) {
    boolean offline = userSession.isOffline();
    boolean rememberMe = !offline && userSession.isRememberMe();
    long now = Time.currentTimeMillis();
    long idle =
        SessionExpirationUtils.calculateUserSessionIdleTimestamp(
            offline,
            rememberMe,
            TimeUnit.SECONDS.toMillis(userSession.getLastSessionRefresh()),
            realm);
    // Not positive where there is no such limit.
    long lifespan =
        SessionExpirationUtils.calculateUserSessionMaxLifespanTimestamp(
            offline, rememberMe, TimeUnit.SECONDS.toMillis(userSession.getStarted()), realm);
    return idle <= now || lifespan > 0 && lifespan <= now;
  }

  /** Whether one of the clients has limits of its own, and by them its part is over. */
  static boolean isOverForAnyClient(RealmModel realm, UserSessionModel userSession) {
    boolean offline = userSession.isOffline();
    boolean rememberMe = !offline && userSession.isRememberMe();
    long now = Time.currentTimeMillis();
    return userSession.getAuthenticatedClientSessions().values().stream()
        .filter(clientSession -> clientSession.getClient() != null)
        .anyMatch(
            clientSession -> {
              long idle =
                  SessionExpirationUtils.calculateClientSessionIdleTimestamp(
                      offline,
                      rememberMe,
                      TimeUnit.SECONDS.toMillis(clientSession.getTimestamp()),
                      realm,
                      clientSession.getClient());
              long lifespan =
                  SessionExpirationUtils.calculateClientSessionMaxLifespanTimestamp(
                      offline,
                      rememberMe,
                      TimeUnit.SECONDS.toMillis(clientSession.getStarted()),
                      TimeUnit.SECONDS.toMillis(userSession.getStarted()),
                      realm,
                      clientSession.getClient());
              return idle > 0 && idle <= now || lifespan > 0 && lifespan <= now;
            });
  }
}
