package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.RedisSentinels;
import dev.ssologout.launcher.RedisServer;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisSentinelClient;

/** With Sentinel, a fail-over under load costs no message and doubles none. */
class RedisSentinelTest {
  private static RedisSentinels sentinels;
  private static Stack stack;

  @BeforeAll
  static void start() {
    sentinels = RedisSentinels.start();
    Set<HostAndPort> addresses =
        Stream.of(sentinels.uri().getRawAuthority().split(","))
            .map(HostAndPort::from)
            .collect(Collectors.toSet());
    stack =
        Stack.start(
            sentinels.uri(),
            sentinels::close,
            () ->
                RedisSentinelClient.builder()
                    .masterName(RedisSentinels.MASTER)
                    .sentinels(addresses)
                    .build(),
            // What the replica has, it has when it takes over.
            "--spi-events-listener--redis-logout--min-replicas=1");
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void losesNoMessageWhileTheMasterFailsOver() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      RedisServer first = sentinels.master();
      Load load = Load.start(realm);
      load.awaitMore(50);

      first.kill();
      await("fail-over")
          .atMost(Duration.ofSeconds(30))
          .until(() -> sentinels.master().port() != first.port());
      load.awaitMore(50);
      // As a replica of the other now, which takes no writes.
      first.start();
      load.awaitMore(50);

      realm.messages().awaitEachOnce(load.end(), "shop");
      assertThat(stack.keycloak().log())
          .contains("Ended sessions do not reach Redis at " + sentinels.uri());
    }
  }
}
