package dev.ssologout.redis;

import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.UnifiedJedis;

/**
 * The provider {@value #ID} of the SPI {@value RedisConnectionSpi#NAME}: Redis by the Jedis client.
 *
 * <p>A bad option stops the server's start. A Redis that cannot be reached does not: the client
 * connects when it is first used.
 */
public class JedisRedisConnectionProviderFactory implements RedisConnectionProviderFactory {
  public static final String ID = "jedis";

  private static final Logger LOG = Logger.getLogger(JedisRedisConnectionProviderFactory.class);

  private static final String URI = "uri";
  private static final String CONNECT_TIMEOUT = "connectTimeout";
  private static final String COMMAND_TIMEOUT = "commandTimeout";
  private static final String POOL_SIZE = "poolSize";

  private Connection connection;

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public List<ProviderConfigProperty> getConfigMetadata() {
    return ProviderConfigurationBuilder.create()
        .property()
        .name(URI)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText(
            "Where Redis is: redis://[[user]:password@]host[:port][/database], with rediss:// for"
                + " TLS. User and password are percent-encoded.")
        .defaultValue("redis://localhost:6379")
        .secret(true)
        .add()
        .property()
        .name(CONNECT_TIMEOUT)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("How long to wait for a connection, in milliseconds (1 to 60000).")
        .defaultValue(1000)
        .add()
        .property()
        .name(COMMAND_TIMEOUT)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How long to wait for an answer, or for a free connection of the pool, in milliseconds"
                + " (1 to 60000).")
        .defaultValue(2000)
        .add()
        .property()
        .name(POOL_SIZE)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("The most connections that this node holds (1 to 1000).")
        .defaultValue(8)
        .add()
        .build();
  }

  @Override
  public void init(Config.Scope config) {
    ProviderOptions options =
        new ProviderOptions(RedisConnectionSpi.NAME, ID, config, getConfigMetadata());
    RedisUri uri = uri(options);
    Duration connectTimeout = options.millis(CONNECT_TIMEOUT, 1, 60_000);
    Duration commandTimeout = options.millis(COMMAND_TIMEOUT, 1, 60_000);
    int poolSize = options.number(POOL_SIZE, 1, 1000);
    connection = new Connection(client(uri, connectTimeout, commandTimeout, poolSize), uri);
    LOG.debugf("Redis is at %s", uri);
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {}

  @Override
  public RedisConnectionProvider create(KeycloakSession session) {
    return connection;
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.client().close();
    }
  }

  private static RedisUri uri(ProviderOptions options) {
    String text = options.text(URI);
    try {
      return RedisUri.parse(text);
    } catch (IllegalArgumentException e) {
      throw options.invalid(URI, RedisUri.withoutCredentials(text), e.getMessage());
    }
  }

  private static UnifiedJedis client(
      RedisUri uri, Duration connectTimeout, Duration commandTimeout, int poolSize) {
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis((int) connectTimeout.toMillis())
            .socketTimeoutMillis((int) commandTimeout.toMillis())
            .user(uri.user())
            .password(uri.password())
            .database(uri.database())
            .clientName("keycloak-sso-logout");
    if (uri.tls()) {
      // Without these options Jedis checks the certificate but not that it is the host's.
      config.ssl(true).sslOptions(SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL).build());
    }
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(poolSize);
    pool.setMaxIdle(poolSize);
    pool.setMaxWait(commandTimeout);
    return RedisClient.builder()
        .hostAndPort(uri.host(), uri.port())
        .clientConfig(config.build())
        .poolConfig(pool)
        .build();
  }

  private record Connection(UnifiedJedis client, RedisUri uri) implements RedisConnectionProvider {
    @Override
    public String location() {
      return uri.toString();
    }
  }
}
