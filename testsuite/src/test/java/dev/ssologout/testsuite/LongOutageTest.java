package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Redis is away for a minute while people sign in and out. Printed is what that costs them, which
 * is nothing.
 */
@Tag("faults")
class LongOutageTest {
  private static final Duration OUTAGE = Duration.ofSeconds(60);

  @Test
  void tellsOnceWhenRedisComesBackWithItsData() {
    RedisServer redis =
        RedisServer.builder().config("appendonly yes", "appendfsync always").start();
    try (Stack stack = Stack.start(redis, redis.uri());
        TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.start(realm);
      endAndStartAgain(redis, load);
      Set<String> ended = load.end();
      realm.messages().awaitEachOnce(ended, "shop");
    }
  }

  /**
   * What Redis had taken before is lost with its data to those who had not read it; all else is
   * told.
   */
  @Test
  void tellsWhatRedisHadNotTakenWhenItComesBackWithoutItsData() {
    RedisServer redis = RedisServer.builder().start();
    try (Stack stack = Stack.start(redis, redis.uri());
        TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.start(realm);
      endAndStartAgain(redis, load);
      Set<String> ended = load.end();

      List<String> kept = realm.messages().settled().stream().map(SessionEnded::sid).toList();
      Set<String> lost = new HashSet<>(ended);
      kept.forEach(lost::remove);
      assertThat(kept).doesNotHaveDuplicates().isSubsetOf(ended);
      List<String> heard =
          realm.messages().published(realm.names().realm(realm.name())).stream()
              .map(SessionEnded::sid)
              .toList();
      assertThat(heard).as("who listened has heard what is lost").containsAll(lost);
      System.out.printf(
          "%d sessions ended, %d of them are told in the stream; %d were in the stream that was lost%n",
          ended.size(), kept.size(), lost.size());
    }
  }

  private static void endAndStartAgain(RedisServer redis, Load load) {
    load.awaitMore(300);
    System.out.println(load.pace("With Redis"));
    redis.stop();
    await("the end of the outage")
        .pollDelay(OUTAGE)
        .atMost(OUTAGE.multipliedBy(2))
        .until(() -> !redis.isAlive());
    System.out.println(load.pace("Without Redis for " + OUTAGE.toSeconds() + " s"));
    redis.start();
    load.awaitMore(300);
    System.out.println(load.pace("With Redis again"));
  }
}
