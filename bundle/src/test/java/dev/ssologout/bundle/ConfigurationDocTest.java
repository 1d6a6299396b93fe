package dev.ssologout.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.listener.RedisLogoutEventListenerProviderFactory;
import dev.ssologout.redis.JedisRedisConnectionProviderFactory;
import dev.ssologout.rest.sessions.SsoSessionsResourceProviderFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.keycloak.provider.ProviderConfigProperty;

/** docs/configuration.md says what the providers themselves say. */
class ConfigurationDocTest {

  @Test
  void listsEveryOptionWithItsDefaultAndMeaning() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("..", "docs", "configuration.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    assertThat(rows)
        .containsExactlyElementsOf(
            Stream.of(
                    new JedisRedisConnectionProviderFactory(),
                    new RedisLogoutEventListenerProviderFactory(),
                    new SsoSessionsResourceProviderFactory())
                .flatMap(factory -> factory.getConfigMetadata().stream())
                .map(ConfigurationDocTest::row)
                .toList());
  }

  private static String row(ProviderConfigProperty option) {
    String name =
        option.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    Object value = option.getDefaultValue();
    return "| `%s` | %s| %s |"
        .formatted(name, value == null ? "" : "`" + value + "` ", option.getHelpText());
  }
}
