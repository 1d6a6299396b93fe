package dev.ssologout.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.keycloak.Config;

class JedisRedisConnectionProviderFactoryTest {

  @Test
  void startsWithoutRedis() {
    JedisRedisConnectionProviderFactory factory = init(Map.of("uri", "redis://127.0.0.1:1"));
    assertThat(factory.create(null).location()).isEqualTo("redis://127.0.0.1:1/0");
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
