package dev.ssologout.demo;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.resps.StreamEntry;

/**
 * Listens on channels and, after a lost connection, fetches from the streams of the same names what
 * was missed.
 */
final class MessageFeed implements AutoCloseable {

  /** A message as it came. */
  record Received(String name, String json) {}

  private static final Duration SUBSCRIBE_LIMIT = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofMillis(500);

  private final RedisClient redis;
  private final List<String> names;
  private final Consumer<String> notices;
  private final BlockingQueue<Received> queue = new LinkedBlockingQueue<>();
  private final CountDownLatch subscribed;
  private final CountDownLatch closed = new CountDownLatch(1);

  // Used by the listening thread only.
  private final Map<String, String> positions = new HashMap<>();
  private final Set<Received> seen = new HashSet<>();

  private MessageFeed(RedisClient redis, List<String> names, Consumer<String> notices) {
    this.redis = redis;
    this.names = names;
    this.notices = notices;
    this.subscribed = new CountDownLatch(names.size());
  }

  /**
   * Begins to listen; what is sent after the return will be received.
   *
   * @param notices told when the connection is lost and when it is back
   */
  static MessageFeed listen(RedisClient redis, List<String> names, Consumer<String> notices) {
    MessageFeed feed = new MessageFeed(redis, names, notices);
    feed.rememberPositions();
    Thread thread = new Thread(feed::run, "message-feed");
    thread.setDaemon(true);
    thread.start();
    try {
      if (!feed.subscribed.await(SUBSCRIBE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new DemoException("Redis does not let us subscribe to " + names);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    return feed;
  }

  /** The next message; {@code null} when none came in time. */
  Received poll(Duration limit) {
    try {
      return queue.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }

  private void rememberPositions() {
    for (String name : names) {
      List<StreamEntry> last = redis.xrevrange(name, "+", "-", 1);
      positions.put(name, last.isEmpty() ? "0-0" : last.get(0).getID().toString());
    }
  }

  private void run() {
    boolean lost = false;
    do {
      try {
        redis.subscribe(new Subscription(lost), names.toArray(String[]::new));
      } catch (JedisException e) {
        if (!lost && closed.getCount() > 0) {
          notices.accept("the connection to Redis is lost; trying again");
        }
        lost = true;
      }
    } while (!waitToRetry());
  }

  private boolean waitToRetry() {
    try {
      return closed.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  private void receive(Received message) {
    if (seen.add(message)) {
      queue.add(message);
    }
  }

  private static DemoException interrupted() {
    Thread.currentThread().interrupt();
    return new DemoException("interrupted");
  }

  private final class Subscription extends JedisPubSub {
    private final boolean again;

    Subscription(boolean again) {
      this.again = again;
    }

    @Override
    public void onSubscribe(String name, int count) {
      subscribed.countDown();
      if (again) {
        if (count == names.size()) {
          notices.accept("Redis is back");
        }
        for (StreamEntry entry : redis.xrange(name, "(" + positions.get(name), "+")) {
          positions.put(name, entry.getID().toString());
          receive(new Received(name, entry.getFields().get("message")));
        }
      }
    }

    @Override
    public void onMessage(String name, String json) {
      receive(new Received(name, json));
    }
  }
}
