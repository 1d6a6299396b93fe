package dev.ssologout.rest;

import dev.ssologout.message.LogoutNames;
import org.keycloak.Config;

/** The names in Redis for those who are not the listener. */
public final class RedisNames {
  private RedisNames() {}

  /** With the prefix that the listener {@code redis-logout} is configured for. */
  public static LogoutNames configured() {
    return new LogoutNames(
        Config.scope("events-listener", "redis-logout")
            .get("prefix", LogoutNames.DEFAULT_PREFIX)
            .trim());
  }
}
