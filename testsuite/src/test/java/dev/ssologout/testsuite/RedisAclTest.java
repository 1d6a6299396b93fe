package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ssologout.launcher.RedisServer;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.params.XReadParams;

/** A relying party with the documented ACL reaches its own names and nothing else. */
class RedisAclTest {
  private static final String OWN = "sso-logout:{acme}:client:shop";
  private static final String OTHER = "sso-logout:{acme}:client:blog";
  private static final String REALM = "sso-logout:{acme}";

  @Test
  void confinesARelyingPartyToItsOwnNames() {
    try (RedisServer redis =
            RedisServer.builder().config(DocumentedAcl.user("shop", "secret")).start();
        RedisClient operator = RedisClient.create(redis.uri());
        RedisClient shop = RedisClient.create(redis.uri("shop", "secret"))) {
      for (String key : new String[] {OWN, OTHER, REALM}) {
        operator.xadd(key, StreamEntryID.NEW_ENTRY, Map.of("message", "{}"));
      }

      assertThat(shop.xrange(OWN, "-", "+")).hasSize(1);
      shop.xgroupCreate(OWN, "group", new StreamEntryID(0, 0), false);
      assertThat(read(shop, OWN)).isNotEmpty();
      JedisPubSub leavesAtOnce =
          new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int count) {
              unsubscribe();
            }
          };
      shop.subscribe(leavesAtOnce, OWN);

      refused(() -> shop.xrange(OTHER, "-", "+"));
      refused(() -> read(shop, REALM));
      refused(() -> shop.subscribe(leavesAtOnce, OTHER));
      refused(() -> shop.subscribe(leavesAtOnce, REALM));
      refused(() -> shop.psubscribe(leavesAtOnce, "sso-logout:*"));
      refused(() -> shop.xadd(OWN, StreamEntryID.NEW_ENTRY, Map.of("message", "forged")));
      refused(() -> shop.publish(OWN, "forged"));
      refused(() -> shop.del(OWN));
      refused(() -> shop.get(REALM + ":ended:1"));
      refused(() -> shop.keys("*"));
      refused(() -> shop.eval("return 1"));
    }
  }

  @Test
  void letsAnApiAskForMarkersAndHearTheRealm() {
    try (RedisServer redis =
            RedisServer.builder().config(DocumentedAcl.user("orders", "secret")).start();
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

  private static List<?> read(RedisClient client, String key) {
    return client.xread(XReadParams.xReadParams().count(10), Map.of(key, new StreamEntryID(0, 0)));
  }

  private static void refused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(JedisAccessControlException.class)
        .hasMessageContaining("NOPERM");
  }
}
