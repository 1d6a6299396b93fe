package dev.ssologout.broadcaster;

import dev.ssologout.broadcaster.StreamMetrics.Refusal;
import dev.ssologout.listener.SessionsEndedEvent;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.redis.RedisConnectionProvider;
import dev.ssologout.rest.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.keycloak.common.util.Time;
import org.keycloak.models.KeycloakSessionFactory;

/**
 * The node's broadcaster: its streams, and all the ways by which it hears of ended sessions.
 *
 * <ul>
 *   <li>From this node's listener, at once after the commit.
 *   <li>From other nodes by Redis. Whenever a channel begins to be listened to, the sessions of its
 *       realm's streams are looked up, so that nothing is missed in between.
 *   <li>Where Redis does not bring back what ended here, this node tells the others through
 *       Keycloak's cluster; and while it hears nothing from Redis, it looks its streams' sessions
 *       up again and again.
 *   <li>When a session's time should be over it is looked up, as Keycloak itself tells of expiry
 *       only minutes later.
 * </ul>
 */
final class Broadcaster implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Broadcaster.class);

  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration FOLLOW = Duration.ofSeconds(4);

  /** How long Keycloak's caches may show a session after the transaction that removed it. */
  private static final Duration SETTLING = Duration.ofMillis(500);

  /** How long Redis may take to bring back what ended here. */
  private static final Duration ECHO = Duration.ofSeconds(1);

  private static final int MOST_PENDING = 1_000;

  private final StreamMetrics metrics;
  private final LogoutStreams streams;
  private final SessionCheck check;
  private final RedisSubscriptions subscriptions;
  private final ClusterNotices cluster;
  private final Settings settings;
  // Never waits.
  private final ScheduledExecutorService timer = executor("sso-logout-broadcaster-timer");
  // Waits for the database and for Redis.
  private final ScheduledExecutorService worker = executor("sso-logout-broadcaster-worker");

  // By the time that Keycloak closes its providers, the server has cut all connections.
  private final Thread goodbye;

  // Guarded by itself: what ended here and has not come back by Redis, with when it ended.
  private final Map<String, Pending> pending = new LinkedHashMap<>();
  // Guarded by itself: how often each refusal happened since it was last logged.
  private final Map<Refusal, Integer> refusals = new EnumMap<>(Refusal.class);

  private record Pending(SessionEnded message, long since) {}

  /**
   * @param recheckInterval how often sessions are looked up while Redis is not heard
   */
  record Settings(LogoutStreams.Settings streams, Duration recheckInterval) {}

  Broadcaster(KeycloakSessionFactory factory, RedisConnectionProvider redis, Settings settings) {
    this.settings = settings;
    this.metrics = new StreamMetrics(this::open, () -> subscribed() ? 1 : 0);
    this.streams = new LogoutStreams(settings.streams(), metrics);
    this.check = new SessionCheck(factory, streams);
    this.subscriptions =
        new RedisSubscriptions(
            redis, RedisNames.configured(), this::heardByRedis, this::subscribed);
    this.cluster = new ClusterNotices(factory);
    this.goodbye = new Thread(streams::shutDown, "sso-logout-broadcaster-goodbye");
  }

  void start() {
    Runtime.getRuntime().addShutdownHook(goodbye);
    cluster.listen(streams::tell);
    Duration beat = settings.streams().heartbeat();
    repeat(timer, streams::beat, beat);
    repeat(timer, this::logRefusals, Duration.ofMinutes(1));
    repeat(worker, this::follow, FOLLOW);
    repeat(worker, this::checkExpired, TICK);
    repeat(worker, this::tellOtherNodes, TICK);
    repeat(worker, this::checkWithoutRedis, settings.recheckInterval());
  }

  StreamMetrics metrics() {
    return metrics;
  }

  LogoutStreams streams() {
    return streams;
  }

  /**
   * Opens a stream. What is told to it from then on waits until it is {@linkplain
   * LogoutStream#attach attached}.
   *
   * @throws LogoutStreams.TooManyException if a limit is reached
   */
  void open(LogoutStream stream, String lastEventId) throws LogoutStreams.TooManyException {
    streams.open(stream, lastEventId);
    // It may have ended between the caller's look and this line.
    if (check.check(stream.watch().session())) {
      streams.ready(stream);
    }
    if (!subscriptions.hears(stream.watch().realm())) {
      later(this::follow, Duration.ZERO);
    }
  }

  /** Counts a refused stream, and says so in the log now and then. */
  void refused(Refusal reason) {
    metrics.refused(reason);
    synchronized (refusals) {
      refusals.merge(reason, 1, Integer::sum);
    }
  }

  /** Sessions have ended on this node. Does not keep the thread of the request that ended them. */
  void ended(SessionsEndedEvent event) {
    try {
      timer.execute(guarded(() -> tell(event)));
    } catch (RejectedExecutionException e) {
      LOG.debug("The node is stopping");
    }
  }

  private void tell(SessionsEndedEvent event) {
    for (SessionEnded message : event.messages()) {
      if (streams.tell(message)) {
        synchronized (pending) {
          if (pending.size() < MOST_PENDING) {
            pending.put(message.id(), new Pending(message, System.nanoTime()));
          }
        }
      }
    }
    for (String realm : event.realmsInBulk()) {
      later(() -> check.checkAll(streams.sessions(realm)), SETTLING);
    }
  }

  private int open() {
    return streams.size();
  }

  private boolean subscribed() {
    return subscriptions.hearsAll();
  }

  private void heardByRedis(SessionEnded message) {
    synchronized (pending) {
      pending.remove(message.id());
    }
    streams.tell(message);
  }

  private void subscribed(String realm) {
    later(() -> check.checkAll(streams.sessions(realm)), SETTLING);
  }

  private void follow() {
    subscriptions.follow(streams.realms());
  }

  private void checkExpired() {
    Set<Watch.Session> expired = streams.expired(Time.currentTimeMillis());
    if (!expired.isEmpty()) {
      check.checkExpired(expired);
    }
  }

  private void checkWithoutRedis() {
    if (!subscriptions.hearsAll()) {
      check.checkAll(streams.sessions());
    }
  }

  private void tellOtherNodes() {
    List<SessionEnded> notHeard = new ArrayList<>();
    List<SessionEnded> unknown = new ArrayList<>();
    synchronized (pending) {
      long now = System.nanoTime();
      pending
          .values()
          .removeIf(
              waiting -> {
                if (now - waiting.since() < ECHO.toNanos()) {
                  return false;
                }
                SessionEnded message = waiting.message();
                (subscriptions.hears(message.realm()) ? notHeard : unknown).add(message);
                return true;
              });
    }
    if (!unknown.isEmpty() && !subscriptions.answers()) {
      notHeard.addAll(unknown);
    }
    if (!notHeard.isEmpty()) {
      cluster.send(notHeard);
    }
  }

  private void logRefusals() {
    synchronized (refusals) {
      refusals.forEach(
          (reason, count) ->
              LOG.logf(
                  reason.isLimit() ? Logger.Level.WARN : Logger.Level.DEBUG,
                  "Streams refused: reason=%s count=%d within=60s",
                  StreamMetrics.tag(reason),
                  count));
      refusals.clear();
    }
  }

  private void later(Runnable work, Duration delay) {
    try {
      worker.schedule(guarded(work), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("The node is stopping");
    }
  }

  private static void repeat(ScheduledExecutorService executor, Runnable work, Duration every) {
    executor.scheduleWithFixedDelay(
        guarded(work), every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** An executor forgets what throws. */
  private static Runnable guarded(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (RuntimeException | LinkageError e) {
        LOG.warnf("Open streams could not be looked after: %s", e);
        LOG.debug("The cause", e);
      }
    };
  }

  private static ScheduledExecutorService executor(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(goodbye);
    } catch (IllegalStateException e) {
      // It has run, as the process ends.
    }
    timer.shutdownNow();
    worker.shutdownNow();
    streams.shutDown();
    subscriptions.close();
    metrics.close();
  }
}
