package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A node that is told to stop sends what waits, or says what it leaves, and lets its streams go.
 */
class ShutdownTest {
  private static final int STREAMS = 40;
  private static final Pattern RETRY = Pattern.compile("\nretry:(\\d+)\n");

  @Test
  void sendsWhatWaits() {
    RedisServer redis = RedisServer.builder().start();
    try (Stack stack = Stack.start(redis, redis.uri());
        TestRealm realm = stack.createRealm()) {
      List<String> ended = new ArrayList<>();
      redis.stop();
      for (int i = 0; i < 5; i++) {
        Login login = realm.signIn("alice", "shop");
        login.logout();
        ended.add(login.sid());
      }
      stack.awaitLog(0, "Ended sessions do not reach Redis");
      redis.start();

      stack.keycloak().stop();

      String log = stack.keycloak().log();
      assertThat(realm.messages().all())
          .as(() -> log.substring(Math.max(0, log.length() - 10_000)))
          .extracting(SessionEnded::sid)
          .containsExactlyElementsOf(ended);
      assertThat(log).doesNotContain("wait in the database in");
    }
  }

  @Test
  void saysWhatItLeavesAndGoodbye() {
    RedisServer redis = RedisServer.builder().start();
    try (Stack stack = Stack.start(redis, redis.uri());
        TestRealm realm = stack.createRealm();
        ManyStreams streams = open(realm)) {
      Login login = realm.signIn("alice", "shop");
      redis.stop();
      login.logout();

      stack.keycloak().stop();

      assertThat(stack.keycloak().log()).contains("Ended sessions wait in the database in 1 rows");
      streams.await("the end of each stream", ManyStreams.Connection::ended);
      assertThat(streams.connections())
          .allSatisfy(stream -> assertThat(stream.text()).contains("\nevent:bye\n"));
      assertThat(streams.connections().stream().map(ShutdownTest::retry).distinct())
          .as("when to come back")
          .hasSizeGreaterThan(STREAMS / 2)
          .allSatisfy(retry -> assertThat(retry).isBetween(500, 5_000));
      // For the realm's own connection, at its end.
      redis.start();
    }
  }

  private static ManyStreams open(TestRealm realm) {
    URI uri = EventStream.uri(realm, "events");
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      requests.add(
          ManyStreams.request(
              uri, "Authorization", "Bearer " + realm.signIn("bob", "shop").accessToken()));
    }
    ManyStreams streams = ManyStreams.open(uri, requests);
    streams.await("ready", stream -> stream.text().contains("\nevent:ready\n"));
    return streams;
  }

  private static int retry(ManyStreams.Connection stream) {
    Matcher retry = RETRY.matcher(stream.text());
    int last = 0;
    while (retry.find()) {
      last = Integer.parseInt(retry.group(1));
    }
    return last;
  }
}
