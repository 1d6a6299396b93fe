package dev.ssologout.redis;

import org.keycloak.provider.Provider;
import redis.clients.jedis.UnifiedJedis;

/** Gives access to the Redis that this node is configured for. */
public interface RedisConnectionProvider extends Provider {

  /**
   * The node's client. It is pooled, safe for use by many threads, connects when first used, and
   * belongs to the node: do not close it.
   */
  UnifiedJedis client();

  /** Where that Redis is, for log lines; holds no password. */
  String location();

  @Override
  default void close() {}
}
