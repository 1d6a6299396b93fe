package dev.ssologout.benchmark.providers;

import org.keycloak.Config;
import org.keycloak.events.Event;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.UserSessionModel;
import redis.clients.jedis.RedisClient;

/**
 * The event listener {@code naive-publish}: what one would write in a few minutes. Publishes in
 * {@code onEvent}, before the commit, on the channel {@code naive:<client>} of each client of the
 * session, in the Redis that its option {@code redis} names.
 */
public class NaivePublishProviderFactory extends ListenerFactory {
  private RedisClient redis;

  @Override
  public String getId() {
    return "naive-publish";
  }

  @Override
  public void init(Config.Scope config) {
    String uri = config.get("redis");
    redis = uri == null ? null : RedisClient.create(uri);
  }

  @Override
  void logout(KeycloakSession session, Event event) {
    UserSessionModel userSession =
        session.sessions().getUserSession(session.getContext().getRealm(), event.getSessionId());
    if (userSession != null) {
      userSession
          .getAuthenticatedClientSessions()
          .values()
          .forEach(
              client ->
                  redis.publish("naive:" + client.getClient().getClientId(), event.getSessionId()));
    }
  }

  @Override
  public void close() {
    if (redis != null) {
      redis.close();
    }
  }
}
