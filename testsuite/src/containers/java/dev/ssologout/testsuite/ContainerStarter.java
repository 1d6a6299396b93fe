package dev.ssologout.testsuite;

import dasniko.testcontainers.keycloak.ExtendableKeycloakContainer;
import dev.ssologout.launcher.FreePort;
import java.io.File;
import java.net.URI;
import java.util.List;
import org.testcontainers.Testcontainers;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.postgresql.PostgreSQLContainer;
import redis.clients.jedis.RedisClient;

/** The shared stack in containers: the image, with what the tests put beside the bundle. */
public final class ContainerStarter implements StackStarter {
  private static final String PASSWORD = "of-keycloak";
  private static final int REDIS_PORT = 6379;

  @Override
  @SuppressWarnings("resource")
  public Stack start() {
    Network network = Network.newNetwork();
    GenericContainer<?> redis =
        new GenericContainer<>(System.getProperty("testsuite.image.redis"))
            .withNetwork(network)
            .withNetworkAliases("redis")
            .withExposedPorts(REDIS_PORT)
            .withCopyToContainer(
                Transferable.of(DocumentedAcl.user("keycloak", PASSWORD) + "\n"), "/redis.conf")
            .withCommand("redis-server", "/redis.conf", "--save", "", "--protected-mode", "no");
    PostgreSQLContainer postgres =
        new PostgreSQLContainer(System.getProperty("testsuite.image.postgres"))
            .withNetwork(network)
            .withNetworkAliases("postgres");
    redis.start();
    postgres.start();
    KeycloakContainer keycloak = new KeycloakContainer(network, postgres);
    keycloak.start();
    Stack stack =
        Stack.of(
            keycloak,
            keycloak.url(),
            () -> {
              postgres.stop();
              redis.stop();
              network.close();
            },
            () -> RedisClient.create(redis.getHost(), redis.getMappedPort(REDIS_PORT)));
    // Else Keycloak's own back-channel logout does not reach the tests.
    Testcontainers.exposeHostPorts(stack.relyingParties().port());
    return stack;
  }

  private static final class KeycloakContainer
      extends ExtendableKeycloakContainer<KeycloakContainer> implements Stack.Node {
    // The same inside and outside, as Keycloak calls itself by the name that browsers do.
    private final int port = FreePort.find();
    private String lastLog = "";

    KeycloakContainer(Network network, PostgreSQLContainer postgres) {
      super(System.getProperty("testsuite.image"));
      addFixedExposedPort(port, port);
      withNetwork(network);
      withAccessToHost(true);
      withProductionMode();
      withEnabledMetrics();
      withProviderLibsFrom(List.of(new File(System.getProperty("testsuite.providers"))));
      withEnv("KC_HTTP_ENABLED", "true");
      withEnv("KC_HTTP_PORT", String.valueOf(port));
      withEnv("KC_HOSTNAME", url().toString());
      withEnv("KC_DB", "postgres");
      withEnv("KC_DB_URL", "jdbc:postgresql://postgres/" + postgres.getDatabaseName());
      withEnv("KC_DB_USERNAME", postgres.getUsername());
      withEnv("KC_DB_PASSWORD", postgres.getPassword());
      withEnv("KC_SPI_REDIS_CONNECTION__JEDIS__URI", "redis://redis:" + REDIS_PORT);
      withEnv("KC_SPI_REDIS_CONNECTION__JEDIS__USERNAME", "keycloak");
      withEnv("KC_SPI_REDIS_CONNECTION__JEDIS__PASSWORD", PASSWORD);
      withEnv("KC_SPI_USER_SESSIONS__INFINISPAN__SESSION_EXPIRATION_PERIOD", "60");
      withEnv("KC_LOG_LEVEL", "INFO,dev.ssologout:DEBUG");
    }

    URI url() {
      return URI.create("http://localhost:" + port);
    }

    @Override
    public URI managementUrl() {
      return URI.create(getMgmtServerUrl());
    }

    @Override
    public String log() {
      return isRunning() ? getLogs() : lastLog;
    }

    @Override
    public boolean isAlive() {
      return isRunning();
    }

    @Override
    public void stop() {
      lastLog = log();
      super.stop();
    }

    @Override
    public void close() {
      stop();
    }
  }
}
