package dev.ssologout.relyingparty;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.JedisShardedPubSub;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Listens on a channel, on a thread of its own, and subscribes again whenever the connection is
 * lost: in a cluster to the sharded channel, where the servers have those (7.0).
 */
final class WakeUpChannel {
  private static final Logger LOG = LoggerFactory.getLogger(WakeUpChannel.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final Supplier<? extends UnifiedJedis> redis;
  private final String name;
  private final Listener listener;
  private final Thread thread;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Runnable leave = () -> {};
  private volatile boolean heard;
  private boolean sharded = true;

  /** What is told of the channel, each on its thread. */
  interface Listener {
    /** From here on nothing is missed until it is lost. */
    void subscribed();

    /** Something was published. */
    void published(String message);

    /** The subscription ended, or could not be had; it is tried again. */
    void lost();
  }

  WakeUpChannel(Supplier<? extends UnifiedJedis> redis, String name, Listener listener) {
    this.redis = redis;
    this.name = name;
    this.listener = listener;
    this.thread = new Thread(this::run, "sso-logout channel " + name);
    thread.setDaemon(true);
  }

  void open() {
    thread.start();
  }

  void close() {
    closed.countDown();
    leave();
    thread.interrupt();
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    while (!isClosed()) {
      heard = false;
      try {
        subscribe();
      } catch (JedisDataException e) {
        if (sharded && e.getMessage().contains("nknown command")) {
          sharded = false;
          continue;
        }
        LOG.debug("Not subscribed to {}", name, e);
      } catch (RuntimeException e) {
        LOG.debug("Not subscribed to {}", name, e);
      }
      listener.lost();
      pause = heard ? FIRST_PAUSE : min(pause.multipliedBy(2), LONGEST_PAUSE);
      await(pause);
    }
  }

  private void subscribe() {
    UnifiedJedis client = redis.get();
    if (sharded && client instanceof RedisClusterClient cluster) {
      JedisShardedPubSub subscription =
          new JedisShardedPubSub() {
            @Override
            public void onSSubscribe(String channel, int count) {
              begun(this::sunsubscribe);
            }

            @Override
            public void onSMessage(String channel, String message) {
              listener.published(message);
            }
          };
      cluster.ssubscribe(subscription, name);
    } else {
      JedisPubSub subscription =
          new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int count) {
              begun(this::unsubscribe);
            }

            @Override
            public void onMessage(String channel, String message) {
              listener.published(message);
            }
          };
      client.subscribe(subscription, name);
    }
  }

  private void begun(Runnable unsubscribe) {
    heard = true;
    leave = unsubscribe;
    if (isClosed()) {
      leave();
    } else {
      listener.subscribed();
    }
  }

  private void leave() {
    try {
      leave.run();
    } catch (RuntimeException e) {
      LOG.debug("The connection was lost before", e);
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void await(Duration pause) {
    try {
      closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed.countDown();
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
