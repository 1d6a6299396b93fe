package dev.ssologout.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.Config;
import redis.clients.jedis.exceptions.JedisException;

class JedisRedisConnectionProviderFactoryTest {

  @Test
  void startsWithoutRedis() {
    JedisRedisConnectionProviderFactory factory = init(Map.of("uri", "redis://127.0.0.1:1"));
    assertThat(factory.create(null).location()).isEqualTo("redis://127.0.0.1:1/0");
    factory.close();
  }

  @ParameterizedTest
  @CsvSource({
    "redis-sentinel://127.0.0.1:1/mymaster, All sentinels down",
    "redis-cluster://127.0.0.1:1, Could not initialize cluster",
  })
  void startsWithoutSentinelsOrClusterAndSaysThatNoneAnswers(String uri, String message) {
    JedisRedisConnectionProviderFactory factory = init(Map.of("uri", uri));
    RedisConnectionProvider connection = factory.create(null);
    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(JedisException.class)
          .isThrownBy(connection::client)
          .withMessageContaining(message);
    }
    factory.close();
  }

  @Test
  void hasOptionsThatDefaultToALocalRedis() {
    JedisRedisConnectionProviderFactory factory = init(Map.of());
    assertThat(factory.create(null).location()).isEqualTo("redis://localhost:6379/0");
    factory.close();
  }

  @Test
  void namesTheBadOptionAndItsValue() {
    refuses("uri", "http://x", "--spi-redis-connection--jedis--uri=http://x: the scheme must be");
    refuses("poolSize", "many", "--spi-redis-connection--jedis--pool-size=many: must be a whole");
    refuses("poolSize", "0", "--spi-redis-connection--jedis--pool-size=0: must be a whole number");
    refuses("connectTimeout", "-1", "--spi-redis-connection--jedis--connect-timeout=-1: must be");
    refuses("timeout", "5", "--spi-redis-connection--jedis--timeout: there is no such option");
  }

  @Test
  void keepsThePasswordOutOfTheError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> init(Map.of("uri", "redis://u:s3cret@host:port")))
        .withMessageContaining("--spi-redis-connection--jedis--uri=redis://***@host:port")
        .withMessageNotContaining("s3cret");
  }

  @Test
  void refusesContradictingOptionsAndNamesThem(@TempDir Path directory) throws IOException {
    String secret = Files.writeString(directory.resolve("secret"), "s3cret\n").toString();
    String empty = Files.createFile(directory.resolve("empty")).toString();
    refuses(
        Map.of("password", "s3cret", "passwordFile", secret),
        "--spi-redis-connection--jedis--password and"
            + " --spi-redis-connection--jedis--password-file: the password comes from one place");
    refuses(
        Map.of("uri", "redis://:s3cret@h", "passwordVaultKey", "redis"),
        "--spi-redis-connection--jedis--password-vault-key: the URI has a password too");
    refuses(
        Map.of("uri", "redis://u:s3cret@h", "username", "v"),
        "--spi-redis-connection--jedis--username: the URI names a user too");
    refuses(Map.of("username", "v"), "--spi-redis-connection--jedis--username: the user needs a");
    refuses(
        Map.of("sentinelPassword", "s3cret"),
        "--spi-redis-connection--jedis--sentinel-password: the URI names no sentinels");
    refuses(
        Map.of("tlsCaFile", secret),
        "--spi-redis-connection--jedis--tls-ca-file: the URI's scheme is one without TLS");
    refuses(
        Map.of("tlsVerifyHostname", "false"),
        "--spi-redis-connection--jedis--tls-verify-hostname: the URI's scheme is one without TLS");
    refuses(
        Map.of("uri", "rediss://h", "tlsKeyFile", secret),
        "--spi-redis-connection--jedis--tls-key-file: the certificate and its key go together");
    refuses(
        Map.of("uri", "rediss://h", "tlsCaFile", secret),
        "--spi-redis-connection--jedis--tls-ca-file: " + secret + ": ");
    refuses(
        Map.of("passwordFile", secret + ".missing"),
        "--spi-redis-connection--jedis--password-file=" + secret + ".missing: is no file that can");
    refuses(
        Map.of("passwordFile", empty),
        "--spi-redis-connection--jedis--password-file=" + empty + ": no password in");
  }

  private static void refuses(Map<String, String> options, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> init(options))
        .withMessageStartingWith(message)
        .withMessageNotContaining("s3cret");
  }

  private static void refuses(String option, String value, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> init(Map.of(option, value)))
        .withMessageStartingWith(message);
  }

  private static JedisRedisConnectionProviderFactory init(Map<String, String> options) {
    JedisRedisConnectionProviderFactory factory = new JedisRedisConnectionProviderFactory();
    factory.init(new MapScope(options));
    return factory;
  }

  /** Keycloak's own scope without a running Keycloak. */
  private static final class MapScope extends Config.AbstractScope {
    private final Map<String, String> options;

    MapScope(Map<String, String> options) {
      this.options = new HashMap<>(options);
    }

    @Override
    protected <T> T getValue(
        String key, java.util.function.Function<String, T> conversion, Class<T> type, T fallback) {
      return options.containsKey(key) ? conversion.apply(options.get(key)) : fallback;
    }

    @Override
    public String get(String key) {
      return options.get(key);
    }

    @Override
    public Config.Scope scope(String... scope) {
      return this;
    }

    @Override
    public Set<String> getPropertyNames() {
      return options.keySet().stream()
          .map(
              name ->
                  "kc.spi-redis-connection--jedis--"
                      + name.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase())
          .collect(Collectors.toSet());
    }

    @Override
    public Config.Scope root() {
      return this;
    }
  }
}
