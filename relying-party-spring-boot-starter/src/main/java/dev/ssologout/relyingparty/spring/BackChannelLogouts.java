package dev.ssologout.relyingparty.spring;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.data.redis.connection.RedisStreamCommands.TrimOptions;
import org.springframework.data.redis.connection.RedisStreamCommands.XAddOptions;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;
import org.springframework.data.redis.connection.stream.StreamRecords;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;

/**
 * Brings a back-channel logout, with which Keycloak calls one instance of the app, to all of them.
 *
 * <p>It goes through a stream of the app's own Redis, so that an instance that was away finds it
 * there; the channel of the same name says at once that there is something to read. What stands
 * there was verified by the instance that was called, and is believed: it holds as far as nobody
 * else can write to the app's own keys.
 */
final class BackChannelLogouts implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(BackChannelLogouts.class);
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);
  private static final int BATCH = 100;
  private static final int MOST_KEPT = 100_000;
  private static final int MOST_UNSENT = 10_000;
  private static final String NOT_YET = "not yet connected";
  private static final String SID = "sid";
  private static final String SUB = "sub";
  private static final String ENDED_AT = "endedAt";

  private final StringRedisTemplate redis;
  private final String stream;
  private final Duration keep;
  private final EndedSsoSessions ended;
  private final BlockingQueue<Map<String, String>> unsent = new LinkedBlockingQueue<>(MOST_UNSENT);
  private String cursor;
  private RedisMessageListenerContainer channel;
  private ScheduledExecutorService reading;
  private volatile boolean used;
  private volatile boolean running;
  private volatile String problem = NOT_YET;

  /**
   * @param lookBack how far back to begin; {@code null} for all that is kept
   * @param keep how long an entry can matter
   */
  BackChannelLogouts(
      StringRedisTemplate redis,
      String clientId,
      Duration lookBack,
      Duration keep,
      EndedSsoSessions ended) {
    this.redis = redis;
    this.stream = StoredSessions.prefix(clientId) + "back-channel";
    this.cursor =
        lookBack == null ? "0-0" : (System.currentTimeMillis() - lookBack.toMillis()) + "-0";
    this.keep = keep;
    this.ended = ended;
  }

  /** The app has a use for it: what other instances were told is heard while the app runs. */
  synchronized void use() {
    used = true;
    if (running) {
      begin();
    }
  }

  /** Whether the app has a use for it. */
  boolean isUsed() {
    return used;
  }

  @Override
  public synchronized void start() {
    running = true;
    if (used) {
      begin();
    }
  }

  @Override
  public synchronized void stop() {
    running = false;
    if (channel != null) {
      reading.shutdown();
      try {
        channel.destroy();
      } catch (Exception e) {
        LOG.debug("Left {} without a word", stream, e);
      }
      channel = null;
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private void begin() {
    if (channel != null) {
      return;
    }
    reading =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "sso-logout back-channel");
              thread.setDaemon(true);
              return thread;
            });
    reading.scheduleWithFixedDelay(
        this::exchange, 0, POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    SimpleAsyncTaskExecutor subscribing = new SimpleAsyncTaskExecutor("sso-logout channel ");
    subscribing.setDaemon(true);
    RedisMessageListenerContainer listening = new RedisMessageListenerContainer();
    listening.setConnectionFactory(redis.getRequiredConnectionFactory());
    listening.setTaskExecutor(orNever(reading));
    listening.setSubscriptionExecutor(subscribing);
    listening.setRecoveryInterval(POLL_INTERVAL.toMillis());
    listening.addMessageListener((message, pattern) -> exchange(), ChannelTopic.of(stream));
    listening.afterPropertiesSet();
    reading.execute(
        () -> {
          try {
            listening.start();
          } catch (RuntimeException e) {
            LOG.debug("Not subscribed to {} yet", stream, e);
          }
        });
    channel = listening;
  }

  /** Why the stream cannot be read; {@code null} if it can. */
  String problem() {
    return problem;
  }

  /** Ends the SSO session here and on the other instances. */
  void endSession(String sid, long endedAt) {
    tell(Map.of(SID, sid, ENDED_AT, Long.toString(endedAt)));
    ended.endSession(sid, endedAt);
  }

  /** Ends all SSO sessions of the user here and on the other instances. */
  void endUser(String sub, long endedAt) {
    tell(Map.of(SUB, sub, ENDED_AT, Long.toString(endedAt)));
    ended.endUser(sub, endedAt);
  }

  private void tell(Map<String, String> logout) {
    try {
      send(logout);
    } catch (RuntimeException e) {
      boolean kept = unsent.offer(logout);
      LOG.warn(
          "A back-channel logout {} the other instances{}: {}",
          kept ? "does not reach" : "is lost to",
          kept ? " until Redis takes it" : "",
          e.getMessage());
    }
  }

  private void send(Map<String, String> logout) {
    redis
        .opsForStream()
        .add(
            StreamRecords.mapBacked(logout).withStreamKey(stream),
            XAddOptions.trim(TrimOptions.maxLen(MOST_KEPT).approximate()));
    redis.expire(stream, keep);
    redis.convertAndSend(stream, "");
  }

  private void exchange() {
    try {
      for (Map<String, String> logout = unsent.peek(); logout != null; logout = unsent.peek()) {
        send(logout);
        unsent.remove();
      }
      List<MapRecord<String, Object, Object>> entries;
      do {
        entries = read();
        for (MapRecord<String, Object, Object> entry : entries) {
          end(entry);
          // Last: should the store of the sessions fail, this is tried again.
          cursor = entry.getId().getValue();
        }
      } while (entries.size() == BATCH);
      if (problem != null) {
        LOG.info("Back-channel logouts of other instances are read from {}", stream);
      }
      problem = null;
    } catch (RuntimeException e) {
      if (running && (problem == null || problem.equals(NOT_YET))) {
        LOG.warn("Back-channel logouts of other instances wait in {}: {}", stream, e.getMessage());
      }
      problem = String.valueOf(e.getMessage());
    }
  }

  private List<MapRecord<String, Object, Object>> read() {
    List<MapRecord<String, Object, Object>> entries =
        redis
            .opsForStream()
            .read(
                StreamReadOptions.empty().count(BATCH),
                StreamOffset.create(stream, ReadOffset.from(cursor)));
    return entries == null ? List.of() : entries;
  }

  private void end(MapRecord<String, Object, Object> entry) {
    Map<Object, Object> logout = new HashMap<>(entry.getValue());
    long endedAt;
    try {
      endedAt = Long.parseLong(String.valueOf(logout.get(ENDED_AT)));
    } catch (NumberFormatException e) {
      LOG.warn("{} of {} is no back-channel logout", entry.getId(), stream);
      return;
    }
    if (logout.get(SID) instanceof String sid) {
      ended.endSession(sid, endedAt);
    } else if (logout.get(SUB) instanceof String sub) {
      ended.endUser(sub, endedAt);
    }
  }

  private static Executor orNever(Executor executor) {
    return work -> {
      try {
        executor.execute(work);
      } catch (RejectedExecutionException e) {
        // The app is stopping.
      }
    };
  }
}
