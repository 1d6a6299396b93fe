package dev.ssologout.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.redis.JedisRedisConnectionProviderFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.keycloak.provider.ProviderConfigProperty;

/** docs/configuration.md says what the providers themselves say. */
class ConfigurationDocTest {

  @Test
  void listsEveryOptionOfRedis() throws IOException {
    assertThat(rows("redis-connection--jedis"))
        .containsExactlyElementsOf(
            new JedisRedisConnectionProviderFactory()
                .getConfigMetadata().stream().map(ConfigurationDocTest::row).toList());
  }

  @Test
  void listsEveryOptionOfTheListener() throws IOException {
    assertThat(rows("events-listener--redis-logout"))
        .containsExactlyElementsOf(
            new RedisLogoutEventListenerProviderFactory()
                .getConfigMetadata().stream().map(ConfigurationDocTest::row).toList());
  }

  /** The rows of the table that follows the provider's options' common beginning. */
  private static List<String> rows(String provider) throws IOException {
    return Files.readAllLines(Path.of("..", "docs", "configuration.md")).stream()
        .dropWhile(line -> !line.equals("`--spi-" + provider + "--<option>`"))
        .skip(1)
        .takeWhile(line -> !line.startsWith("#"))
        .filter(line -> line.startsWith("| `"))
        .toList();
  }

  private static String row(ProviderConfigProperty option) {
    String name =
        option.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    Object value = option.getDefaultValue();
    return "| `%s` | %s| %s |"
        .formatted(name, value == null ? "" : "`" + value + "` ", option.getHelpText());
  }
}
