package dev.ssologout.relyingparty.spring;

import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLParameters;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * The connection to the Redis that Keycloak sends to, made at its first use. An app may define its
 * own bean of this type.
 */
public final class SsoLogoutRedis implements Supplier<UnifiedJedis>, AutoCloseable {
  private static final int POOL_SIZE = 8;

  private final Supplier<UnifiedJedis> maker;
  private volatile UnifiedJedis client;
  private boolean closed;

  /**
   * @param maker called until it returns a client; may throw a {@link
   *     redis.clients.jedis.exceptions.JedisException} while nothing answers
   */
  public SsoLogoutRedis(Supplier<UnifiedJedis> maker) {
    this.maker = maker;
  }

  /** The Redis of the properties or, where they say nothing, of {@code spring.data.redis}. */
  static SsoLogoutRedis of(SsoLogoutProperties.Redis own, DataRedisConnectionDetails boots) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(POOL_SIZE);
    pool.setMaxIdle(POOL_SIZE);
    pool.setMaxWait(own.timeout());
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis((int) own.connectTimeout().toMillis())
            .socketTimeoutMillis((int) own.timeout().toMillis());
    if (own.url() != null) {
      URI url = url(own.url());
      config
          .user(own.username() != null ? own.username() : JedisURIHelper.getUser(url))
          .password(own.password() != null ? own.password() : JedisURIHelper.getPassword(url))
          .database(JedisURIHelper.getDBIndex(url));
      if (JedisURIHelper.isRedisSSLScheme(url)) {
        config.ssl(true).sslParameters(verifyingHost(new SSLParameters()));
      }
      return standalone(JedisURIHelper.getHostAndPort(url), config, pool);
    }
    config
        .user(own.username() != null ? own.username() : boots.getUsername())
        .password(own.password() != null ? own.password() : boots.getPassword());
    return of(boots, config, pool);
  }

  private static SsoLogoutRedis of(
      DataRedisConnectionDetails boots,
      DefaultJedisClientConfig.Builder config,
      ConnectionPoolConfig pool) {
    if (boots.getSslBundle() != null) {
      config
          .ssl(true)
          .sslSocketFactory(boots.getSslBundle().createSslContext().getSocketFactory())
          .sslParameters(verifyingHost(new SSLParameters()));
    }
    DataRedisConnectionDetails.Sentinel sentinel = boots.getSentinel();
    if (sentinel != null) {
      DefaultJedisClientConfig client = config.database(sentinel.getDatabase()).build();
      DefaultJedisClientConfig.Builder sentinels =
          DefaultJedisClientConfig.builder()
              .connectionTimeoutMillis(client.getConnectionTimeoutMillis())
              .socketTimeoutMillis(client.getSocketTimeoutMillis())
              .user(sentinel.getUsername())
              .password(sentinel.getPassword());
      if (boots.getSslBundle() != null) {
        sentinels
            .ssl(true)
            .sslSocketFactory(client.getSslSocketFactory())
            .sslParameters(client.getSslParameters());
      }
      return new SsoLogoutRedis(
          () ->
              RedisSentinelClient.builder()
                  .masterName(sentinel.getMaster())
                  .sentinels(nodes(sentinel.getNodes()))
                  .sentinelClientConfig(sentinels.build())
                  .clientConfig(client)
                  .poolConfig(pool)
                  .build());
    }
    if (boots.getCluster() != null) {
      Set<HostAndPort> nodes = nodes(boots.getCluster().getNodes());
      return new SsoLogoutRedis(
          () ->
              RedisClusterClient.builder()
                  .nodes(nodes)
                  .clientConfig(config.build())
                  .poolConfig(pool)
                  .build());
    }
    DataRedisConnectionDetails.Standalone standalone = boots.getStandalone();
    if (standalone == null) {
      throw new IllegalArgumentException(
          "sso-logout.redis.url: is needed, as spring.data.redis names no one server, sentinels or"
              + " cluster");
    }
    return standalone(
        new HostAndPort(standalone.getHost(), standalone.getPort()),
        config.database(standalone.getDatabase()),
        pool);
  }

  private static SsoLogoutRedis standalone(
      HostAndPort server, DefaultJedisClientConfig.Builder config, ConnectionPoolConfig pool) {
    return new SsoLogoutRedis(
        () ->
            RedisClient.builder()
                .hostAndPort(server)
                .clientConfig(config.build())
                .poolConfig(pool)
                .build());
  }

  private static URI url(String text) {
    try {
      URI url = URI.create(text);
      if (JedisURIHelper.isValid(url)) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // Its message shows the password.
    }
    throw new IllegalArgumentException(
        "sso-logout.redis.url: must be redis[s]://[[user]:password@]host:port[/database]");
  }

  private static SSLParameters verifyingHost(SSLParameters parameters) {
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    return parameters;
  }

  private static Set<HostAndPort> nodes(List<DataRedisConnectionDetails.Node> nodes) {
    return nodes.stream()
        .map(node -> new HostAndPort(node.host(), node.port()))
        .collect(Collectors.toSet());
  }

  @Override
  public UnifiedJedis get() {
    UnifiedJedis made = client;
    return made != null ? made : make();
  }

  private synchronized UnifiedJedis make() {
    if (closed) {
      throw new JedisConnectionException("the app is stopping");
    }
    if (client == null) {
      client = maker.get();
    }
    return client;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (client != null) {
      client.close();
    }
  }
}
