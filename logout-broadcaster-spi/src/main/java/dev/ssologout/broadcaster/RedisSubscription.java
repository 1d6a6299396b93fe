package dev.ssologout.broadcaster;

import dev.ssologout.redis.RedisConnectionProvider;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.JedisShardedPubSub;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** One connection that listens to channels, with the thread that reads it. */
final class RedisSubscription implements AutoCloseable {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final RedisConnectionProvider redis;
  private final RedisSubscriptions.Hearing hearing;
  private final Thread thread = new Thread(this::run, "sso-logout-broadcaster-redis");

  private volatile boolean closed;
  // Guarded by this: realms by their channels, and those of them that Redis has confirmed.
  private Map<String, String> wanted = Map.of();
  private final Map<String, String> confirmed = new HashMap<>();
  private Channels channels;
  private boolean leaving;
  private boolean started;

  /** What Jedis' two kinds of subscriptions have in common. */
  private interface Channels {
    void add(String... names);

    void remove(String... names);
  }

  RedisSubscription(RedisConnectionProvider redis, RedisSubscriptions.Hearing hearing) {
    this.redis = redis;
    this.hearing = hearing;
    thread.setDaemon(true);
  }

  /**
   * Listens to these channels and to no others. What is listened to already is asked for again, and
   * the answer keeps the connection from being taken for dead.
   *
   * @param realmsByChannel not empty
   */
  synchronized void follow(Map<String, String> realmsByChannel) {
    wanted = Map.copyOf(realmsByChannel);
    if (!started) {
      started = true;
      thread.start();
    } else if (channels != null && !confirmed.isEmpty() && !leaving) {
      try {
        Set<String> unwanted = new HashSet<>(confirmed.keySet());
        unwanted.removeAll(wanted.keySet());
        channels.add(wanted.keySet().toArray(String[]::new));
        if (!unwanted.isEmpty()) {
          channels.remove(unwanted.toArray(String[]::new));
        }
      } catch (JedisException e) {
        // The thread that reads the connection finds it broken too.
      }
    }
  }

  private void run() {
    long pause = FIRST_PAUSE.toMillis();
    while (!closed) {
      try {
        subscribe();
        pause = FIRST_PAUSE.toMillis();
      } catch (RuntimeException e) {
        if (!closed) {
          hearing.failed(String.valueOf(e.getMessage()));
        }
      }
      boolean heard = forget();
      if (heard) {
        pause = FIRST_PAUSE.toMillis();
      }
      try {
        TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(pause / 2, pause + 1));
      } catch (InterruptedException e) {
        return;
      }
      pause = Math.min(2 * pause, LONGEST_PAUSE.toMillis());
    }
  }

  /** Returns when nothing is listened to any more, and throws when the connection breaks. */
  private void subscribe() {
    String[] names;
    synchronized (this) {
      names = wanted.keySet().toArray(String[]::new);
    }
    UnifiedJedis client = redis.client();
    if (client instanceof RedisClusterClient cluster) {
      try {
        Sharded sharded = new Sharded();
        use(sharded);
        cluster.ssubscribe(sharded, names);
        return;
      } catch (JedisDataException e) {
        if (!String.valueOf(e.getMessage()).contains("unknown command")) {
          throw e;
        }
        // Servers before 7.0 have no sharded channels.
      }
    }
    Plain plain = new Plain();
    use(plain);
    client.subscribe(plain, names);
  }

  private synchronized void use(Channels subscription) {
    channels = subscription;
    leaving = false;
  }

  /**
   * Ends the subscription. Nothing may be sent after this: its answer would be read by whoever gets
   * the connection from the pool next.
   */
  private void leave() {
    if (!leaving) {
      leaving = true;
      channels.remove();
    }
  }

  private void confirmed(String channel) {
    String realm;
    synchronized (this) {
      if (closed) {
        leave();
        return;
      }
      realm = wanted.get(channel);
      if (realm == null) {
        channels.remove(channel);
        return;
      }
      confirmed.put(channel, realm);
    }
    hearing.subscribed(realm);
  }

  private void ended(String channel) {
    String realm;
    synchronized (this) {
      realm = confirmed.remove(channel);
    }
    if (realm != null) {
      hearing.unsubscribed(realm);
    }
  }

  /**
   * @return whether anything was listened to
   */
  private boolean forget() {
    Set<String> lost;
    synchronized (this) {
      lost = Set.copyOf(confirmed.keySet());
      channels = null;
    }
    lost.forEach(this::ended);
    return !lost.isEmpty();
  }

  /** Ends the subscription; the connection goes back to the pool. */
  @Override
  public void close() {
    closed = true;
    synchronized (this) {
      if (channels != null && !confirmed.isEmpty()) {
        try {
          leave();
        } catch (JedisException e) {
          // It is broken, which ends it too.
        }
      }
    }
    thread.interrupt();
  }

  private final class Plain extends JedisPubSub implements Channels {
    @Override
    public void onSubscribe(String channel, int count) {
      confirmed(channel);
    }

    @Override
    public void onUnsubscribe(String channel, int count) {
      ended(channel);
    }

    @Override
    public void onMessage(String channel, String message) {
      hearing.message(channel, message);
    }

    @Override
    public void add(String... names) {
      subscribe(names);
    }

    @Override
    public void remove(String... names) {
      if (names.length == 0) {
        unsubscribe();
      } else {
        unsubscribe(names);
      }
    }
  }

  private final class Sharded extends JedisShardedPubSub implements Channels {
    @Override
    public void onSSubscribe(String channel, int count) {
      confirmed(channel);
    }

    @Override
    public void onSUnsubscribe(String channel, int count) {
      ended(channel);
    }

    @Override
    public void onSMessage(String channel, String message) {
      hearing.message(channel, message);
    }

    @Override
    public void add(String... names) {
      ssubscribe(names);
    }

    @Override
    public void remove(String... names) {
      if (names.length == 0) {
        sunsubscribe();
      } else {
        sunsubscribe(names);
      }
    }
  }
}
