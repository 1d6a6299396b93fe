package dev.ssologout.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.demo.MessageFeed.Received;
import dev.ssologout.launcher.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;

class MessageFeedTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void fetchesWhatItMissedAndNothingTwice() throws Exception {
    try (RedisServer server =
        RedisServer.builder().config("appendonly yes", "appendfsync always").start()) {
      send(server, "before");
      BlockingQueue<String> notices = new LinkedBlockingQueue<>();
      try (RedisClient redis = new RedisAccess(server.uri()).connect();
          MessageFeed feed = MessageFeed.listen(redis, List.of("a"), notices::add)) {
        send(server, "1");
        assertThat(feed.poll(SOON)).isEqualTo(new Received("a", "1"));

        server.kill();
        assertThat(notices.poll(SOON.toSeconds(), TimeUnit.SECONDS)).contains("lost");
        server.start();
        // Perhaps before the feed is back, perhaps after.
        send(server, "2");
        assertThat(feed.poll(SOON)).isEqualTo(new Received("a", "2"));
        assertThat(notices.poll(SOON.toSeconds(), TimeUnit.SECONDS)).contains("back");

        send(server, "3");
        assertThat(feed.poll(SOON)).isEqualTo(new Received("a", "3"));
        assertThat(feed.poll(Duration.ZERO)).isNull();
      }
    }
  }

  private static void send(RedisServer server, String message) {
    try (RedisClient redis = new RedisAccess(server.uri()).connect()) {
      redis.xadd("a", StreamEntryID.NEW_ENTRY, Map.of("message", message, "previous", "0-0"));
      redis.publish("a", message);
    }
  }
}
