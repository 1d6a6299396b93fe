package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.FreePort;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes of a cluster share the work, and each takes over what the other leaves. */
@Tag("faults")
class TwoNodesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String CLUSTER_OF_TWO = ".*ISPN00009[34].*\\(2\\) .*";

  private static PostgresServer postgres;
  private static Database database;
  private static RedisServer redis;
  private static KeycloakServer first;
  private static KeycloakServer second;
  private static Stack stack;

  @BeforeAll
  static void start() {
    redis = RedisServer.builder().start();
    postgres = new PostgresServer().start();
    database = new Database(postgres);
    int firstPort = FreePort.find();
    int secondPort = FreePort.find();
    TcpProxy balancer = TcpProxy.to(firstPort, secondPort);
    URI url = URI.create("http://localhost:" + balancer.port());
    first = node(url, firstPort).start();
    second = node(url, secondPort).start();
    stack =
        Stack.of(
            redis,
            List.of(first, second),
            url,
            () -> {
              balancer.close();
              redis.close();
              postgres.close();
            });
    await("a cluster of two")
        .atMost(PATIENCE)
        .until(() -> second.log().lines().anyMatch(line -> line.matches(CLUSTER_OF_TWO)));
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void losesNothingWhenOneAfterTheOtherIsKilled() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.startThroughFailures(realm);
      for (KeycloakServer node : List.of(first, second)) {
        load.awaitMore(100);
        redis.pause();
        load.awaitMore(20);
        node.kill();
        Set<String> left = database.waiting();
        assertThat(left).isNotEmpty();
        redis.resume();
        await("the other to take over")
            .atMost(PATIENCE)
            .until(() -> database.waiting().stream().noneMatch(left::contains));
        load.awaitMore(100);
        node.start();
      }
      load.awaitMore(100);

      Set<String> ended = load.end(database);
      realm.messages().awaitEachOnce(ended, "shop");
      realm.messages().awaitEachPublishedOnce(ended, "shop");
    }
  }

  private static KeycloakServer.Builder node(URI url, int port) {
    return Stack.keycloakOnPostgres(
            redis.uri(),
            postgres.jdbcUrl(),
            "--hostname=" + url,
            "--cache=ispn",
            "--cache-embedded-network-bind-address=127.0.0.1",
            "--cache-embedded-network-bind-port=" + FreePort.find())
        // By default 50,000, which is too far above our ports.
        .jvmOptions("-XX:TieredStopAtLevel=1", "-Djgroups.fd.port-offset=12000")
        .httpPort(port);
  }
}
