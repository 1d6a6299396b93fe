package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.RedisServer;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/**
 * Where Redis acts but its answer comes late or never, the message is sent again with one effect.
 */
class RedisNetworkTest {
  /** Longer than Keycloak waits. */
  private static final Duration TOO_LATE = Duration.ofSeconds(3);

  private static final Duration SLOW = Duration.ofMillis(200);
  private static final Pattern SCRIPT_CALLS = Pattern.compile("cmdstat_eval(?:sha)?:calls=(\\d+)");

  private static TcpProxy network;
  private static Stack stack;

  @BeforeAll
  static void start() {
    RedisServer redis = RedisServer.builder().start();
    network = TcpProxy.to(redis.port());
    stack = Stack.start(redis, URI.create("redis://127.0.0.1:" + network.port()));
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
    network.close();
  }

  @Test
  void tellsOnceThoughTheAnswerIsLost() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap);
        RedisClient operator = RedisClient.create(stack.redis().uri())) {
      operator.sendCommand("CONFIG"::getBytes, "RESETSTAT");
      Load load = Load.start(realm);
      for (int i = 0; i < 5; i++) {
        load.awaitMore(5);
        network.atAnswerTo("EVAL", network::drop);
        await("a lost answer").atMost(MessageLog.PATIENCE).until(network::hasAnswered);
      }
      Set<String> ended = load.end();
      realm.messages().awaitEachOnce(ended, "shop");
      realm.messages().awaitEachPublishedOnce(ended, "shop");
      // The one that the log adds in order to know included.
      assertThat(scriptCalls(operator)).isGreaterThan(ended.size() + 1);
    }
  }

  @Test
  void tellsOnceThoughTheAnswersComeTooLate() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.start(realm);
      load.awaitMore(5);
      int log = stack.keycloak().log().length();
      network.delayAnswers(TOO_LATE);
      try {
        stack.awaitLog(log, "Ended sessions do not reach Redis", "timed out");
        load.awaitMore(20);
      } finally {
        network.delayAnswers(Duration.ZERO);
      }
      Set<String> ended = load.end();
      realm.messages().awaitEachOnce(ended, "shop");
      realm.messages().awaitEachPublishedOnce(ended, "shop");
    }
  }

  @Test
  void keepsUpThoughTheAnswersComeSlowly() {
    try (TestRealm realm = stack.createRealm(TestRealm::makeCheap)) {
      Load load = Load.start(realm);
      load.awaitMore(50);
      System.out.println(load.pace("Redis answers at once"));
      int log = stack.keycloak().log().length();
      network.delayAnswers(SLOW);
      try {
        load.awaitMore(50);
        System.out.println(load.pace("Redis answers after " + SLOW.toMillis() + " ms"));
        Set<String> ended = load.end();
        realm.messages().awaitEachOnce(ended, "shop");
        realm.messages().awaitEachPublishedOnce(ended, "shop");
      } finally {
        network.delayAnswers(Duration.ZERO);
      }
      assertThat(stack.keycloak().log().substring(log))
          .doesNotContain("Ended sessions do not reach Redis");
    }
  }

  private static int scriptCalls(RedisClient redis) {
    Matcher calls = SCRIPT_CALLS.matcher(redis.info("commandstats"));
    int sum = 0;
    while (calls.find()) {
      sum += Integer.parseInt(calls.group(1));
    }
    return sum;
  }
}
