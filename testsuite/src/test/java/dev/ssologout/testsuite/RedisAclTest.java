package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ssologout.launcher.RedisServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.params.XReadParams;

/**
 * A relying party with the documented ACL reaches its own names and nothing else; on the Redis 6.2
 * that the launcher carries, and on the machine's own if there is one, as 7.0 changed what an ACL
 * means.
 */
class RedisAclTest {
  private static final Path OF_THE_MACHINE = Path.of("/usr/bin/redis-server");
  private static final String OWN = "sso-logout:{acme}:client:shop";
  private static final String REALM = "sso-logout:{acme}";
  private static final String MARKER = REALM + ":ended:1";
  private static final List<String> OTHERS =
      List.of(
          REALM,
          "sso-logout:{acme}:client:blog",
          "sso-logout:{acme}:client:shop2",
          "sso-logout:{globex}",
          "sso-logout:{globex}:client:shop");

  private static Stream<RedisServer.Builder> servers() {
    Stream<RedisServer.Builder> carried = Stream.of(RedisServer.builder());
    return Files.isExecutable(OF_THE_MACHINE)
        ? Stream.concat(carried, Stream.of(RedisServer.builder().executable(OF_THE_MACHINE)))
        : carried;
  }

  @ParameterizedTest
  @MethodSource("servers")
  void confinesARelyingPartyToItsOwnNames(RedisServer.Builder server) {
    try (RedisServer redis = server.config(DocumentedAcl.user("shop", "secret")).start();
        RedisClient operator = RedisClient.create(redis.uri());
        RedisClient shop = RedisClient.create(redis.uri("shop", "secret"))) {
      operator.xadd(OWN, StreamEntryID.NEW_ENTRY, Map.of("message", "{}"));
      for (String other : OTHERS) {
        operator.xadd(other, StreamEntryID.NEW_ENTRY, Map.of("message", "{}"));
        operator.xgroupCreate(other, "group", new StreamEntryID(0, 0), false);
      }
      operator.set(MARKER, "0");

      mayHear(shop);
      assertThat(shop.xrange(OWN, "-", "+")).hasSize(1);
      assertThat(read(shop, OWN)).isNotEmpty();
      shop.xgroupCreate(OWN, "group", new StreamEntryID(0, 0), false);
      assertThat(readAsGroup(shop, OWN)).isNotEmpty();

      for (String other : OTHERS) {
        refused(() -> shop.subscribe(leavesAtOnce(), other));
        refused(() -> shop.subscribe(leavesAtOnce(), OWN, other));
        refused(() -> shop.xrange(other, "-", "+"));
        refused(() -> read(shop, other));
        refused(() -> readAsGroup(shop, other));
        refused(() -> shop.xack(other, "group", new StreamEntryID(1, 0)));
        refused(() -> shop.xgroupCreate(other, "mine", new StreamEntryID(0, 0), false));
        refused(() -> shop.xgroupDestroy(other, "group"));
      }
      refused(() -> shop.get(MARKER));
      // Nor may it find out what names there are,
      refused(() -> shop.psubscribe(leavesAtOnce(), "*"));
      refused(() -> shop.psubscribe(leavesAtOnce(), OWN + "*"));
      refused(() -> shop.keys("*"));
      refused(() -> shop.scan("0"));
      refused(() -> command(shop, "RANDOMKEY"));
      refused(() -> command(shop, "DBSIZE"));
      refused(() -> command(shop, "PUBSUB", "CHANNELS"));
      refused(() -> command(shop, "CLIENT", "LIST"));
      refused(() -> command(shop, "MONITOR"));
      refused(() -> command(shop, "ACL", "LIST"));
      refused(() -> command(shop, "CONFIG", "GET", "*"));
      // nor pretend to be Keycloak, nor destroy.
      refused(() -> shop.xadd(OWN, StreamEntryID.NEW_ENTRY, Map.of("message", "forged")));
      refused(() -> shop.publish(OWN, "forged"));
      refused(() -> shop.xtrim(OWN, 0, false));
      refused(() -> shop.xdel(OWN, new StreamEntryID(1, 0)));
      refused(() -> shop.del(OWN));
      refused(() -> shop.set(OWN, "forged"));
      refused(() -> shop.eval("return 1"));
      refused(() -> command(shop, "FLUSHALL"));
      refused(() -> command(shop, "SHUTDOWN"));
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void letsAnApiAskForMarkersAndHearTheRealm(RedisServer.Builder server) {
    try (RedisServer redis = server.config(DocumentedAcl.user("orders", "secret")).start();
        RedisClient operator = RedisClient.create(redis.uri());
        RedisClient orders = RedisClient.create(redis.uri("orders", "secret"))) {
      operator.set(REALM + ":ended:1", "1");

      assertThat(orders.get(REALM + ":ended:1")).isEqualTo("1");

      refused(() -> orders.set(REALM + ":ended:1", "2"));
      refused(() -> orders.del(REALM + ":ended:1"));
      refused(() -> orders.get(REALM + ":sent:1"));
      refused(() -> orders.keys("*"));
      refused(() -> read(orders, OWN));
      refused(() -> orders.publish(REALM, "forged"));
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void letsAnAppKeepItsOwnSessionsAndNothingElse(RedisServer.Builder server) {
    String own = "sso-logout-sessions:shop:";
    try (RedisServer redis =
            server
                .config(
                    DocumentedAcl.user("shop", "secret"), DocumentedAcl.user("shop-app", "secret"))
                .start();
        RedisClient shop = RedisClient.create(redis.uri("shop", "secret"));
        RedisClient app = RedisClient.create(redis.uri("shop-app", "secret"))) {
      app.hset(own + "sid:1", Map.of("id", "1"));
      app.xadd(own + "back-channel", StreamEntryID.NEW_ENTRY, Map.of("sid", "1"));
      assertThat(read(app, own + "back-channel")).isNotEmpty();
      app.publish(own + "back-channel", "");

      for (String other :
          List.of(OWN, REALM, MARKER, "sso-logout-sessions:shop2:back-channel", "spring:session")) {
        refused(() -> app.xadd(other, StreamEntryID.NEW_ENTRY, Map.of("message", "forged")));
        refused(() -> app.hset(other, Map.of("id", "1")));
        refused(() -> app.del(other));
        refused(() -> app.publish(other, "forged"));
        refused(() -> app.subscribe(leavesAtOnce(), other));
        refused(() -> read(app, other));
      }
      // Who hears what Keycloak sends can therefore be another than who writes.
      refused(() -> read(shop, own + "back-channel"));
      refused(() -> shop.publish(own + "back-channel", ""));
    }
  }

  private static void mayHear(RedisClient shop) {
    shop.subscribe(leavesAtOnce(), OWN);
  }

  private static JedisPubSub leavesAtOnce() {
    return new JedisPubSub() {
      @Override
      public void onSubscribe(String channel, int count) {
        unsubscribe();
      }
    };
  }

  private static List<?> read(RedisClient client, String key) {
    return client.xread(XReadParams.xReadParams().count(10), Map.of(key, new StreamEntryID(0, 0)));
  }

  private static List<?> readAsGroup(RedisClient client, String key) {
    return client.xreadGroup(
        "group",
        "consumer",
        XReadGroupParams.xReadGroupParams().count(10),
        Map.of(key, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
  }

  private static void command(RedisClient client, String command, String... arguments) {
    client.sendCommand(command::getBytes, arguments);
  }

  private static void refused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(JedisAccessControlException.class)
        .hasMessageContaining("NOPERM");
  }
}
