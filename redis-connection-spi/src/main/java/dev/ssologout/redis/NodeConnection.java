package dev.ssologout.redis;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The node's connection. The client is made at its first use, since one for Sentinel or Cluster
 * cannot be made while nothing answers; until then it is tried anew with growing pauses, by one
 * thread at a time.
 */
final class NodeConnection implements RedisConnectionProvider {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final String location;
  private final Supplier<UnifiedJedis> maker;
  private final Duration patience;
  private final ReentrantLock making = new ReentrantLock();

  private volatile UnifiedJedis client;
  // Of the thread that has the lock.
  private boolean closed;
  private JedisException failure;
  private Duration pause = Duration.ZERO;
  private long failedAt;

  /**
   * @param maker throws {@link JedisException} as long as the client cannot be made
   * @param patience how long a thread waits for another that is making the client
   */
  NodeConnection(String location, Supplier<UnifiedJedis> maker, Duration patience) {
    this.location = location;
    this.maker = maker;
    this.patience = patience;
  }

  @Override
  public UnifiedJedis client() {
    UnifiedJedis made = client;
    if (made != null) {
      return made;
    }
    lock();
    try {
      return client != null ? client : make();
    } finally {
      making.unlock();
    }
  }

  @Override
  public String location() {
    return location;
  }

  /** Ends all connections; {@link #client()} then throws. */
  void end() {
    making.lock();
    try {
      closed = true;
      if (client != null) {
        client.close();
      }
    } finally {
      making.unlock();
    }
  }

  private UnifiedJedis make() {
    if (closed) {
      throw new JedisConnectionException("Keycloak is stopping");
    }
    if (failure != null && System.nanoTime() - failedAt < pause.toNanos()) {
      throw failure;
    }
    try {
      client = maker.get();
      failure = null;
      return client;
    } catch (JedisException e) {
      failure = e;
      failedAt = System.nanoTime();
      Duration doubled = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
      throw e;
    }
  }

  private void lock() {
    try {
      if (!making.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new JedisConnectionException("not yet connected to Redis at " + location);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JedisConnectionException("interrupted while connecting to Redis", e);
    }
  }
}
