package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.LaunchException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JAR in a stock Keycloak: quiet when all is well, clear when an option is wrong. */
@IntegrationTest
class InstallationTest {

  @Test
  void startsWithoutAnErrorOrAWarningOfOurs(Stack stack) throws IOException {
    try (KeycloakServer keycloak = Stack.untouchedKeycloak(stack.redis().uri()).start()) {
      await()
          .atMost(MessageLog.PATIENCE)
          .until(() -> keycloak.log().contains("Ended sessions go to Redis at redis://127.0.0.1:"));
      List<String> complaints =
          keycloak
              .log()
              .lines()
              .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
              .filter(line -> line.contains("ssologout"))
              // Keycloak says this of every extension that has an event listener.
              .filter(line -> !line.contains("KC-SERVICES0047"))
              .toList();
      assertThat(complaints).isEmpty();
      assertThat(keycloak.log()).contains("Keycloak SSO Logout " + version());
    }
  }

  /** That of the JAR's manifest. */
  private static String version() throws IOException {
    try (JarFile bundle = new JarFile(System.getProperty("testsuite.bundle"))) {
      String version =
          bundle.getManifest().getMainAttributes().getValue(Attributes.Name.IMPLEMENTATION_VERSION);
      assertThat(version).matches("\\d+\\.\\d+\\.\\d+.*");
      return version;
    }
  }

  @Test
  void offersTheListenerInTheRealmSettings(Stack stack) {
    assertThat(
            stack
                .admin()
                .serverInfo()
                .getInfo()
                .getProviders()
                .get("eventsListener")
                .getProviders())
        .containsKey(TestRealm.LISTENER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "--spi-redis-connection--jedis--uri=redis://u:s3cret@h:port "
            + "--spi-redis-connection--jedis--uri=redis://***@h:port:",
        "--spi-redis-connection--jedis--pool-size=none "
            + "--spi-redis-connection--jedis--pool-size=none:",
        "--spi-events-listener--redis-logout--scan-interval=1 "
            + "--spi-events-listener--redis-logout--scan-interval=1:",
        "--spi-events-listener--redis-logout--prefx=a "
            + "--spi-events-listener--redis-logout--prefx:",
      })
  void stopsTheStartInOneLineThatNamesTheBadOption(String option, String line) {
    KeycloakServer keycloak =
        Stack.untouchedKeycloak(URI.create("redis://127.0.0.1:1"), option).build();
    try (keycloak) {
      assertThatThrownBy(keycloak::start).isInstanceOf(LaunchException.class);
      assertThat(keycloak.log().lines().filter(text -> text.contains(line))).hasSize(1);
      assertThat(keycloak.log()).contains("ERROR: " + line).doesNotContain("s3cret");
    }
  }
}
