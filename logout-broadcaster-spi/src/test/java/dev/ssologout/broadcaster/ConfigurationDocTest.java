package dev.ssologout.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.keycloak.provider.ProviderConfigProperty;

/** docs/configuration.md says what the provider itself says. */
class ConfigurationDocTest {

  @Test
  void listsEveryOptionWithItsDefaultAndMeaning() throws IOException {
    assertThat(
            Files.readAllLines(Path.of("..", "docs", "configuration.md")).stream()
                .dropWhile(
                    line ->
                        !line.equals(
                            "`--spi-realm-restapi-extension--logout-broadcaster--<option>`"))
                .skip(1)
                .takeWhile(line -> !line.startsWith("#"))
                .filter(line -> line.startsWith("| `")))
        .containsExactlyElementsOf(
            new LogoutBroadcasterResourceProviderFactory()
                .getConfigMetadata().stream().map(ConfigurationDocTest::row).toList());
  }

  private static String row(ProviderConfigProperty option) {
    String name =
        option.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    return "| `%s` | `%s` | %s |".formatted(name, option.getDefaultValue(), option.getHelpText());
  }
}
