package dev.ssologout.listener;

import dev.ssologout.redis.RedisConnectionProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.jpa.entities.OutboxEntryStatus;
import org.keycloak.models.utils.KeycloakModelUtils;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Takes what waits in the outbox to Redis: one thread a node, woken after each commit that captured
 * something, and by itself now and then for what another node or a crash left. {@link Delivery} has
 * what happens to a batch.
 */
final class Relay implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Relay.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  // For the request that woke the relay: its answer is about to leave, and would wait for a
  // processor. What else is committed meanwhile goes out in the same batch.
  private static final Duration HEAD_START = Duration.ofNanos(250_000);
  private static final Duration PURGE_INTERVAL = Duration.ofHours(1);
  // The first may have begun before Redis was back, or been given a connection from before.
  private static final int TRIES_WHILE_CLOSING = 3;

  /**
   * @param scanInterval the longest that rows of other nodes lie unseen
   * @param shutdownTimeout how long stopping may take to send what waits
   * @param deadLetterRetention how long dead letters are kept
   */
  record Settings(Duration scanInterval, Duration shutdownTimeout, Duration deadLetterRetention) {}

  private final KeycloakSessionFactory factory;
  private final RedisConnectionProvider redis;
  private final Settings settings;
  private final Delivery delivery;
  private final LogoutMetrics metrics;
  private final Outage outage;
  private final Semaphore wakeUps = new Semaphore(0);
  private final Thread thread = new Thread(this::run, "sso-logout-relay");

  private volatile boolean closing;
  private volatile long closingAt;
  private volatile Instant lastSent;
  // Of the relay's thread alone.
  private Duration pause = Duration.ZERO;
  // Redis answers, but what it was given last waits.
  private boolean takesNothing;
  private Instant nextPurge = Instant.MIN;

  Relay(
      KeycloakSessionFactory factory,
      RedisConnectionProvider redis,
      Settings settings,
      Delivery delivery,
      LogoutMetrics metrics) {
    this.factory = factory;
    this.redis = redis;
    this.settings = settings;
    this.delivery = delivery;
    this.metrics = metrics;
    this.outage = new Outage(redis.location());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Something has been committed to the outbox. Never blocks. */
  void wake() {
    wakeUps.release();
  }

  /** Whether messages can leave this node, and since when. */
  Outage.State state() {
    return outage.state();
  }

  /** When this node has sent a message last; {@code null} if it has not yet. */
  Instant lastSent() {
    return lastSent;
  }

  /** Sends what waits, for a bounded time. What is left stays in the database. */
  @Override
  public void close() {
    closingAt = System.nanoTime();
    closing = true;
    wake();
    try {
      thread.join(Math.max(1, settings.shutdownTimeout().toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warnf(
          "Ended sessions were still being sent after %d ms. What is left waits in the database.",
          settings.shutdownTimeout().toMillis());
    }
  }

  private void run() {
    boolean more = true;
    int failedWhileClosing = 0;
    while (!closing || more && timeIsLeft()) {
      try {
        more = turn();
        if (!more && !closing) {
          awaitWork(settings.scanInterval());
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | Error e) {
        if (!closing) {
          // The node's only relay goes on whatever happens.
          failed(e);
        } else if (++failedWhileClosing == TRIES_WHILE_CLOSING) {
          LOG.debug("Closing without Redis", e);
          break;
        }
        more = true;
      }
    }
    sayWhatIsLeft();
  }

  private boolean timeIsLeft() {
    return System.nanoTime() - closingAt < settings.shutdownTimeout().toNanos();
  }

  private void awaitWork(Duration atMost) throws InterruptedException {
    if (wakeUps.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      LockSupport.parkNanos(HEAD_START.toNanos());
      wakeUps.drainPermits();
    }
  }

  /**
   * @return whether more may be waiting
   */
  private boolean turn() {
    if (!outage.state().open()) {
      // No row is locked and no database connection held for the sake of a Redis that is away.
      redis.client().ping();
    }
    Delivery.Report report =
        KeycloakModelUtils.runJobInTransactionWithResult(factory, delivery::deliver);
    if (!report.sent().isEmpty()) {
      lastSent = Instant.now();
    }
    metrics.delivered(report);
    if (report.failure() != null) {
      takesNothing = !(report.failure() instanceof JedisConnectionException);
      throw report.failure();
    }
    if (report.isEmpty() && outage.state().open()) {
      // That Redis is away is known before there is something to send.
      redis.client().ping();
    }
    if (!takesNothing || !report.isEmpty() || waiting() == 0) {
      takesNothing = false;
      outage.isOver(this::waiting);
    }
    pause = Duration.ZERO;
    if (!closing) {
      keepHouse();
    }
    return report.more();
  }

  private void failed(Throwable e) {
    outage.goesOn(e);
    pause = pause.isZero() ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
    try {
      keepHouse();
    } catch (RuntimeException alsoAway) {
      LOG.debug("No look at the outbox", alsoAway);
    }
    long until = System.nanoTime() + pause.toNanos();
    try {
      // A wake-up says that there is more to send, not that Redis is back.
      while (!closing && System.nanoTime() < until) {
        wakeUps.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException interrupted) {
      closing = true;
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private void keepHouse() {
    if (metrics.needsCount()) {
      metrics.count(() -> inTransaction(session -> new Outbox(session).count()));
    }
    if (Instant.now().isAfter(nextPurge)) {
      nextPurge = Instant.now().plus(PURGE_INTERVAL);
      Instant horizon = Instant.now().minus(settings.deadLetterRetention());
      int purged =
          inTransaction(
              session -> new Outbox(session).purgeDeadLetterOlderThan(Outbox.KIND, horizon));
      if (purged > 0) {
        LOG.warnf(
            "%d dead letters captured before %s are removed, as the option dead-letter-retention"
                + " has it",
            purged, horizon);
        metrics.purged(purged);
      }
    }
  }

  private long waiting() {
    return inTransaction(session -> new Outbox(session).count())
        .get(OutboxEntryStatus.PENDING)
        .rows();
  }

  private void sayWhatIsLeft() {
    try {
      long left = waiting();
      if (left > 0) {
        LOG.infof(
            "Ended sessions wait in the database in %d rows, for another node or the next start",
            left);
      }
    } catch (RuntimeException e) {
      LOG.debug("No look at the outbox", e);
    }
  }

  private <T> T inTransaction(Function<KeycloakSession, T> work) {
    return KeycloakModelUtils.runJobInTransactionWithResult(factory, work::apply);
  }
}
