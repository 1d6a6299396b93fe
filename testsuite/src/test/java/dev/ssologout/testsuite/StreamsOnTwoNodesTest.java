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
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** A stream on one node tells of the sessions that end on another. */
@Tag("faults")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StreamsOnTwoNodesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String CLUSTER_OF_TWO = ".*ISPN00009[34].*\\(2\\) .*";

  private static PostgresServer postgres;
  private static RedisServer redis;
  private static KeycloakServer first;
  private static KeycloakServer second;
  private static Stack stack;

  @BeforeAll
  static void start() {
    redis = RedisServer.builder().start();
    postgres = new PostgresServer().start();
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
  @Order(1)
  void tellsByRedis() {
    for (KeycloakServer watching : List.of(first, second)) {
      KeycloakServer ending = watching == first ? second : first;
      try (TestRealm realm = stack.createRealm()) {
        Login login = realm.signIn("alice", "shop");
        try (EventStream stream = open(watching, realm, login)) {
          logout(ending, login);
          assertThat(stream.awaitEnded().get("reason").asText()).isEqualTo("logout");
        }
      }
    }
  }

  @Test
  @Order(2)
  void tellsByTheClusterWhileRedisHangs() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      try (EventStream stream = open(second, realm, login)) {
        redis.pause();
        try {
          long begin = System.nanoTime();
          logout(first, login);
          assertThat(stream.awaitEnded().get("reason").asText()).isEqualTo("logout");
          System.out.printf(
              "without Redis the other node's stream was told after %d ms%n",
              (System.nanoTime() - begin) / 1_000_000);
          assertThat(first.log()).contains("Told the other nodes of 1 ended sessions");
        } finally {
          redis.resume();
        }
      }
    }
  }

  @Test
  @Order(3)
  void saysGoodbyeWhenANodeStopsAndGoesOnAtTheOther() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      try (EventStream stream = open(second, realm, login)) {
        second.stop();
        await("the last event").atMost(PATIENCE).until(stream::ended);
        assertThat(stream.awaitEvents(2)).containsExactly("ready", "bye");
      }
      try (EventStream stream = open(first, realm, login)) {
        logout(first, login);
        stream.awaitEnded();
      } finally {
        second.start();
      }
    }
  }

  /** Opens a stream at the node itself, and waits until that hears what ends elsewhere. */
  private static EventStream open(KeycloakServer node, TestRealm realm, Login login) {
    int before = node.log().length();
    EventStream stream =
        EventStream.open(
            URI.create(node.url() + "/realms/" + realm.name() + "/logout-broadcaster/events"),
            "Authorization",
            "Bearer " + login.accessToken());
    stream.awaitEvents(1);
    await("the node hears Redis")
        .atMost(PATIENCE)
        .until(() -> node.log().substring(before).contains("Looked 1 sessions up"));
    return stream;
  }

  private static void logout(KeycloakServer node, Login login) {
    URI uri =
        URI.create(
            node.url()
                + "/realms/"
                + login.userAgent().realm().name()
                + "/protocol/openid-connect/logout");
    UserAgent.expect(
        login
            .userAgent()
            .post(
                uri, Map.of("client_id", login.clientId(), "refresh_token", login.refreshToken())),
        204);
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
