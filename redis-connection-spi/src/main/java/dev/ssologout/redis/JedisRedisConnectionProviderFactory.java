package dev.ssologout.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

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
  private static final String USERNAME = "username";
  private static final String PASSWORD = "password";
  private static final String PASSWORD_FILE = "passwordFile";
  private static final String PASSWORD_VAULT_KEY = "passwordVaultKey";
  private static final String SENTINEL_USERNAME = "sentinelUsername";
  private static final String SENTINEL_PASSWORD = "sentinelPassword";
  private static final String TLS_CA_FILE = "tlsCaFile";
  private static final String TLS_CERTIFICATE_FILE = "tlsCertificateFile";
  private static final String TLS_KEY_FILE = "tlsKeyFile";
  private static final String TLS_VERIFY_HOSTNAME = "tlsVerifyHostname";
  private static final String CONNECT_TIMEOUT = "connectTimeout";
  private static final String COMMAND_TIMEOUT = "commandTimeout";
  private static final String POOL_SIZE = "poolSize";

  // Whoever subscribes asks for a sign of life more often, and learns by this that the server
  // hangs.
  private static final Duration SUBSCRIBER_SILENCE = Duration.ofSeconds(15);

  // From the third on, Jedis looks anew where the slots are.
  private static final int CLUSTER_ATTEMPTS = 4;

  private NodeConnection connection;
  private KeycloakSessionFactory keycloak;

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
            "Where Redis is: redis://[[user]:password@]host[:port][/database],"
                + " redis-sentinel://[[user]:password@]host[:port][,host[:port]...]/master-name[/database]"
                + " or redis-cluster://[[user]:password@]host[:port][,host[:port]...], with rediss"
                + " for redis where TLS is to be used. User and password are percent-encoded.")
        .defaultValue("redis://localhost:6379")
        .secret(true)
        .add()
        .property()
        .name(USERNAME)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText("The ACL user, if the URI names none. By default Redis' default user.")
        .add()
        .property()
        .name(PASSWORD)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText("The password, as it is. Give it here, in the URI, in a file or in the vault.")
        .secret(true)
        .add()
        .property()
        .name(PASSWORD_FILE)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText(
            "A file whose first line is the password. It is read at each new connection, so"
                + " that a new password needs no restart.")
        .add()
        .property()
        .name(PASSWORD_VAULT_KEY)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText(
            "The key of the password in Keycloak's vault, among the secrets of the realm"
                + " master. It is looked up at each new connection.")
        .add()
        .property()
        .name(SENTINEL_USERNAME)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText("The ACL user of the sentinels themselves.")
        .add()
        .property()
        .name(SENTINEL_PASSWORD)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText("The password of the sentinels themselves, if they ask for one.")
        .secret(true)
        .add()
        .property()
        .name(TLS_CA_FILE)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText(
            "A PEM file of the authorities that may sign the server's certificate. By"
                + " default those that the JVM trusts.")
        .add()
        .property()
        .name(TLS_CERTIFICATE_FILE)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText(
            "A PEM file of the certificate that Keycloak shows to Redis, with those between"
                + " it and its authority.")
        .add()
        .property()
        .name(TLS_KEY_FILE)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText("A PEM file of that certificate's key: PKCS #8, not encrypted.")
        .add()
        .property()
        .name(TLS_VERIFY_HOSTNAME)
        .type(ProviderConfigProperty.BOOLEAN_TYPE)
        .helpText("Whether the server's certificate must be good for the host that the URI names.")
        .defaultValue(true)
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
            "How long to wait for an answer, or for a free connection of the pool, in"
                + " milliseconds (1 to 60000).")
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
    DefaultJedisClientConfig client = client(options, uri);
    DefaultJedisClientConfig sentinels = sentinels(options, uri, client);
    Duration commandTimeout = options.millis(COMMAND_TIMEOUT, 1, 60_000);
    int poolSize = options.number(POOL_SIZE, 1, 1000);
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(poolSize);
    pool.setMaxIdle(poolSize);
    pool.setMaxWait(commandTimeout);
    connection =
        new NodeConnection(
            uri.toString(), () -> connect(uri, client, sentinels, pool), commandTimeout);
    LOG.debugf("Redis is at %s", uri);
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {
    keycloak = factory;
  }

  @Override
  public RedisConnectionProvider create(KeycloakSession session) {
    return connection;
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.end();
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

  private DefaultJedisClientConfig client(ProviderOptions options, RedisUri uri) {
    DefaultJedisClientConfig.Builder config =
        limits(options)
            .database(uri.database())
            .blockingSocketTimeoutMillis((int) SUBSCRIBER_SILENCE.toMillis());
    String user = user(options, uri);
    PasswordSource password = password(options, uri);
    if (password != null) {
      config.credentialsProvider(() -> new DefaultRedisCredentials(user, password.password()));
    } else if (user != null) {
      throw options.contradicting("the user needs a password", USERNAME);
    }
    ClientTls tls = tls(options, uri);
    if (tls != null) {
      config.ssl(true).sslOptions(tls.options());
    }
    return config.build();
  }

  private static DefaultJedisClientConfig sentinels(
      ProviderOptions options, RedisUri uri, DefaultJedisClientConfig client) {
    String user = options.text(SENTINEL_USERNAME);
    String password = options.text(SENTINEL_PASSWORD);
    if (uri.topology() != RedisUri.Topology.SENTINEL) {
      if (user != null || password != null) {
        throw options.contradicting(
            "the URI names no sentinels", set(options, SENTINEL_USERNAME, SENTINEL_PASSWORD));
      }
      return null;
    }
    if (user != null && password == null) {
      throw options.contradicting("the user needs a password", SENTINEL_USERNAME);
    }
    // Jedis speaks the older protocol to sentinels.
    DefaultJedisClientConfig.Builder config =
        limits(options).serverDefaultProtocol().user(user).password(password);
    if (client.isSsl()) {
      config.ssl(true).sslOptions(client.getSslOptions());
    }
    return config.build();
  }

  private static DefaultJedisClientConfig.Builder limits(ProviderOptions options) {
    return DefaultJedisClientConfig.builder()
        .connectionTimeoutMillis((int) options.millis(CONNECT_TIMEOUT, 1, 60_000).toMillis())
        .socketTimeoutMillis((int) options.millis(COMMAND_TIMEOUT, 1, 60_000).toMillis())
        .clientName("keycloak-sso-logout")
        // Not every server that we may meet knows the command, nor need the user be allowed it.
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
  }

  private static String user(ProviderOptions options, RedisUri uri) {
    String user = options.text(USERNAME);
    if (user == null) {
      return uri.user();
    }
    if (uri.user() != null) {
      throw options.contradicting("the URI names a user too", USERNAME);
    }
    return user;
  }

  private PasswordSource password(ProviderOptions options, RedisUri uri) {
    String[] given = set(options, PASSWORD, PASSWORD_FILE, PASSWORD_VAULT_KEY);
    if (given.length > 1) {
      throw options.contradicting("the password comes from one place", given);
    }
    if (given.length == 0) {
      return uri.password() == null ? null : uri::password;
    }
    if (uri.password() != null) {
      throw options.contradicting("the URI has a password too", given);
    }
    String value = options.text(given[0]);
    return switch (given[0]) {
      case PASSWORD -> () -> value;
      case PASSWORD_FILE -> {
        PasswordSource file = PasswordSource.file(readableFile(options, PASSWORD_FILE));
        try {
          file.password();
        } catch (JedisException e) {
          throw options.invalid(PASSWORD_FILE, value, e.getMessage());
        }
        yield file;
      }
      default -> () -> PasswordSource.vault(keycloak, value).password();
    };
  }

  private static ClientTls tls(ProviderOptions options, RedisUri uri) {
    Path ca = readableFile(options, TLS_CA_FILE);
    Path certificate = readableFile(options, TLS_CERTIFICATE_FILE);
    Path key = readableFile(options, TLS_KEY_FILE);
    boolean verifyHostname = options.flag(TLS_VERIFY_HOSTNAME);
    if (!uri.tls()) {
      String[] given =
          Stream.concat(
                  Stream.of(set(options, TLS_CA_FILE, TLS_CERTIFICATE_FILE, TLS_KEY_FILE)),
                  verifyHostname ? Stream.empty() : Stream.of(TLS_VERIFY_HOSTNAME))
              .toArray(String[]::new);
      if (given.length > 0) {
        throw options.contradicting("the URI's scheme is one without TLS", given);
      }
      return null;
    }
    if ((certificate == null) != (key == null)) {
      throw options.contradicting(
          "the certificate and its key go together",
          set(options, TLS_CERTIFICATE_FILE, TLS_KEY_FILE));
    }
    ClientTls tls = new ClientTls(ca, certificate, key, verifyHostname);
    try {
      tls.options().createSslContext();
    } catch (IOException | GeneralSecurityException e) {
      throw options.contradicting(
          e.getMessage(), set(options, TLS_CA_FILE, TLS_CERTIFICATE_FILE, TLS_KEY_FILE));
    }
    return tls;
  }

  private static String[] set(ProviderOptions options, String... names) {
    return Stream.of(names).filter(name -> options.text(name) != null).toArray(String[]::new);
  }

  private static Path readableFile(ProviderOptions options, String option) {
    String value = options.text(option);
    if (value == null) {
      return null;
    }
    try {
      Path file = Path.of(value);
      if (Files.isReadable(file) && !Files.isDirectory(file)) {
        return file;
      }
    } catch (InvalidPathException e) {
      // Told below.
    }
    throw options.invalid(option, value, "is no file that can be read");
  }

  private static UnifiedJedis connect(
      RedisUri uri,
      DefaultJedisClientConfig client,
      DefaultJedisClientConfig sentinels,
      ConnectionPoolConfig pool) {
    return switch (uri.topology()) {
      case STANDALONE ->
          RedisClient.builder()
              .hostAndPort(uri.node())
              .clientConfig(client)
              .poolConfig(pool)
              .build();
      case SENTINEL ->
          RedisSentinelClient.builder()
              .masterName(uri.master())
              .sentinels(uri.nodes())
              .sentinelClientConfig(sentinels)
              .clientConfig(client)
              .poolConfig(pool)
              .build();
      case CLUSTER ->
          RedisClusterClient.builder()
              .nodes(uri.nodes())
              .maxAttempts(CLUSTER_ATTEMPTS)
              .maxTotalRetriesDuration(Duration.ofMillis(client.getSocketTimeoutMillis()))
              .clientConfig(client)
              .poolConfig(pool)
              .build();
    };
  }
}
