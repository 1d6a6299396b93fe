package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.RedisCluster;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisShardedPubSub;
import redis.clients.jedis.RedisClusterClient;

/**
 * With Redis Cluster, messages of all realms arrive, and a fail-over costs none and doubles none.
 * Runs on the machine's own Redis, which knows sharded channels from 7.0 on, or else on the 6.2
 * that the launcher carries and which does not.
 */
class RedisClusterTest {
  private static final Path OF_THE_MACHINE = Path.of("/usr/bin/redis-server");
  private static final boolean SHARDED_CHANNELS = Files.isExecutable(OF_THE_MACHINE);
  private static final String USER = "keycloak";
  private static final String PASSWORD = "of-keycloak";

  private static RedisCluster cluster;
  private static Stack stack;

  @BeforeAll
  static void start() {
    cluster =
        RedisCluster.start(
            SHARDED_CHANNELS ? OF_THE_MACHINE : null,
            DocumentedAcl.user(USER, PASSWORD)
                + " +cluster|slots +asking"
                + (SHARDED_CHANNELS ? " +spublish +ssubscribe +sunsubscribe" : ""));
    stack =
        Stack.start(
            cluster.uri(),
            cluster::close,
            RedisClusterTest::connect,
            "--spi-redis-connection--jedis--username=" + USER,
            "--spi-redis-connection--jedis--password=" + PASSWORD);
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void sendsTheMessagesOfRealmsOnEveryMaster() {
    Set<Integer> masters = new HashSet<>();
    for (int i = 0; i < 20 && masters.size() < 3; i++) {
      try (TestRealm realm = stack.createRealm()) {
        masters.add(masterOf(realm).port());
        Login login = realm.signIn("alice", "shop");
        login.logout();
        assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
        assertThat(realm.messages().marker(login.sid())).isNotNull();
      }
    }
    assertThat(masters).hasSize(3);
  }

  @Test
  void publishesOnceOnTheShardedChannelWhereThereIsOne() {
    try (TestRealm realm = stack.createRealm();
        RedisClusterClient shop = connect()) {
      String channel = realm.names().client(realm.name(), "shop");
      List<String> heard = new CopyOnWriteArrayList<>();
      JedisShardedPubSub subscription =
          new JedisShardedPubSub() {
            @Override
            public void onSMessage(String shardChannel, String message) {
              heard.add(message);
            }
          };
      if (SHARDED_CHANNELS) {
        Thread subscriber = new Thread(() -> shop.ssubscribe(subscription, channel));
        subscriber.setDaemon(true);
        subscriber.start();
        await().until(subscription::isSubscribed);
      }
      Login login = realm.signIn("alice", "shop");
      login.logout();
      realm.messages().awaitOne();

      List<SessionEnded> published = realm.messages().published(channel);
      if (SHARDED_CHANNELS) {
        await().until(() -> !heard.isEmpty());
        assertThat(heard).singleElement().asString().contains(login.sid());
        assertThat(published).isEmpty();
        subscription.sunsubscribe();
      } else {
        assertThat(published).singleElement().extracting(SessionEnded::sid).isEqualTo(login.sid());
      }
    }
  }

  /** The broadcaster listens where the realm's slot is, on sharded channels if there are any. */
  @Test
  void tellsStreamsWhatIsPublishedByAnotherNode() {
    try (TestRealm realm = stack.createRealm();
        RedisClusterClient redis = connect()) {
      Login login = realm.signIn("alice", "shop");
      int before = stack.keycloak().log().length();
      try (EventStream stream = EventStream.open(realm, login.accessToken())) {
        stack.awaitLog(before, "Looked 1 sessions up");
        String message =
            SessionEndedCodec.encode(
                new SessionEnded(
                    "of-another-node",
                    realm.issuer(),
                    Instant.now(),
                    realm.name(),
                    login.sid(),
                    login.sub(),
                    false,
                    Reason.SESSION_LIMIT,
                    Initiator.POLICY,
                    List.of("shop"),
                    null));
        if (SHARDED_CHANNELS) {
          redis.spublish(realm.names().realm(realm.name()), message);
        } else {
          redis.publish(realm.names().realm(realm.name()), message);
        }
        assertThat(stream.awaitEnded().get("reason").asText()).isEqualTo("session_limit");
      }
    }
  }

  @Test
  void losesNoMessageWhileTheRealmsMasterFailsOver() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      RedisServer first = masterOf(realm);
      Load load = Load.start(realm);
      load.awaitMore(50);

      first.kill();
      await("fail-over")
          .atMost(Duration.ofSeconds(30))
          .until(() -> masterOf(realm).port() != first.port());
      load.awaitMore(50);
      // As a replica of the other now, which sends those who ask for its slots to it.
      first.start();
      load.awaitMore(50);

      realm.messages().awaitEachOnce(load.end(), "shop");
      assertThat(stack.keycloak().log())
          .contains("Ended sessions do not reach Redis at " + cluster.uri());
    }
  }

  private static RedisServer masterOf(TestRealm realm) {
    return cluster.masterOf(realm.names().realm(realm.name()));
  }

  private static RedisClusterClient connect() {
    Set<HostAndPort> nodes =
        cluster.nodes().stream()
            .map(node -> new HostAndPort("127.0.0.1", node.port()))
            .collect(Collectors.toSet());
    return RedisClusterClient.create(nodes);
  }
}
