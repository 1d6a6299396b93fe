package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.RedisSentinels;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisSentinelClient;

/** With Sentinel, a fail-over costs no message and doubles none. */
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
    try (TestRealm realm = stack.createRealm()) {
      RedisServer first = sentinels.master();
      Trickle trickle = Trickle.start(realm);
      trickle.awaitMore(10);

      first.kill();
      await("fail-over")
          .atMost(Duration.ofSeconds(30))
          .until(() -> sentinels.master().port() != first.port());
      trickle.awaitMore(10);
      // As a replica of the other now, which takes no writes.
      first.start();
      trickle.awaitMore(10);

      List<String> ended = trickle.end();
      await("messages")
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> realm.messages().all().size() >= ended.size());
      assertThat(realm.messages().settled())
          .extracting(SessionEnded::sid)
          .containsExactlyInAnyOrderElementsOf(ended);
      assertThat(stack.keycloak().log())
          .contains("Ended sessions do not reach Redis at " + sentinels.uri());
    }
  }
}
