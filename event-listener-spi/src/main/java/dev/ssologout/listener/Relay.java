package dev.ssologout.listener;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.redis.RedisConnectionProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.keycloak.events.outbox.OutboxBackoff;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;
import org.keycloak.models.utils.KeycloakModelUtils;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Takes what waits in the outbox to Redis: one thread a node, woken after each commit that captured
 * something, and by itself now and then for what another node or a crash left.
 *
 * <p>A batch is locked, sent and removed in one transaction. Should the node end in between, the
 * rows stay and are sent again, which Redis knows and answers without a second effect. Several
 * nodes share the work by passing over each other's locks.
 */
final class Relay implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Relay.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /**
   * @param scanInterval the longest that rows of other nodes lie unseen
   * @param batchSize about how many texts go out at once, those for the clients included
   * @param logoutTokens whether clients get a logout token
   */
  record Settings(
      LogoutNames names,
      Duration streamRetention,
      Duration scanInterval,
      int batchSize,
      boolean logoutTokens) {}

  private final KeycloakSessionFactory factory;
  private final RedisConnectionProvider redis;
  private final Settings settings;
  private final RedisPublisher publisher;
  private final OutboxBackoff refusedBackoff = new OutboxBackoff();
  private final Semaphore wakeUps = new Semaphore(0);
  private final Thread thread = new Thread(this::run, "sso-logout-relay");

  private volatile boolean closing;
  // All of the relay's thread alone. Until Redis has answered once it counts as away.
  private boolean redisAnswers;
  private String cause;
  private Duration pause = Duration.ZERO;

  Relay(KeycloakSessionFactory factory, RedisConnectionProvider redis, Settings settings) {
    this.factory = factory;
    this.redis = redis;
    this.settings = settings;
    this.publisher = new RedisPublisher(settings.names(), settings.streamRetention());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Something has been committed to the outbox. Never blocks. */
  void wake() {
    wakeUps.release();
  }

  /** Lets the batch at hand end, for a bounded time. What waits stays in the database. */
  @Override
  public void close() {
    closing = true;
    wake();
    try {
      thread.join(CLOSE_TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closing) {
      try {
        if (!redisAnswers) {
          // No row is locked and no database connection held for the sake of a Redis that is away.
          redis.client().ping();
        }
        boolean more = KeycloakModelUtils.runJobInTransactionWithResult(factory, this::sendBatch);
        answered();
        if (!more) {
          awaitWork(settings.scanInterval());
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | Error e) {
        // The node's only relay goes on whatever happens.
        failed(e);
      }
    }
  }

  private void awaitWork(Duration atMost) throws InterruptedException {
    if (wakeUps.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      wakeUps.drainPermits();
    }
  }

  /**
   * @return whether more may be waiting
   */
  private boolean sendBatch(KeycloakSession session) {
    Outbox outbox = new Outbox(session);
    List<OutboxEntryEntity> due = outbox.lockDue(settings.batchSize());
    if (due.isEmpty()) {
      return false;
    }
    List<OutboxEntryEntity> rows = new ArrayList<>(due.size());
    List<RedisPublisher.Addressed> batch = new ArrayList<>(due.size());
    // Where in the batch each row's messages end.
    List<Integer> ends = new ArrayList<>(due.size());
    int texts = 0;
    LogoutTokens logoutTokens = new LogoutTokens(session, settings);
    for (OutboxEntryEntity row : due) {
      try {
        for (Envelope envelope : Outbox.read(row)) {
          RedisPublisher.Addressed addressed = logoutTokens.address(row.getRealmId(), envelope);
          texts += 1 + addressed.toClients().size();
          batch.add(addressed);
        }
        rows.add(row);
        ends.add(batch.size());
      } catch (Outbox.UnreadableRowException e) {
        LOG.errorf(
            "Outbox row %s holds no message and is set aside: %s", row.getId(), e.getMessage());
        outbox.markDeadLetter(row, e.getMessage());
      }
      if (texts >= settings.batchSize()) {
        // A row may hold many; the rows that are left are let go with this transaction.
        break;
      }
    }
    if (batch.isEmpty()) {
      return true;
    }
    List<String> errors = publisher.publish(redis.client(), batch);
    if (errors.stream().allMatch(Objects::nonNull)) {
      // Redis refuses whatever comes, so it is not the messages' fault.
      throw new RedisRefusesException(errors.get(0));
    }
    List<String> sent = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      String error = firstError(errors.subList(i == 0 ? 0 : ends.get(i - 1), ends.get(i)));
      if (error == null) {
        sent.add(rows.get(i).getId());
      } else {
        postpone(outbox, rows.get(i), error);
      }
    }
    outbox.remove(sent);
    LOG.debugf("Sent %d messages", batch.size());
    return rows.size() < due.size() || due.size() == settings.batchSize();
  }

  private static String firstError(List<String> errors) {
    return errors.stream().filter(Objects::nonNull).findFirst().orElse(null);
  }

  /** The row is tried again later and no longer stands in the way of others. */
  private void postpone(Outbox outbox, OutboxEntryEntity row, String error) {
    LOG.warnf("Redis refuses a message of outbox row %s: %s", row.getId(), error);
    outbox.recordFailure(
        row, refusedBackoff.computeNextAttemptAt(Instant.now(), row.getAttempts() + 1), error);
  }

  private void answered() {
    if (!redisAnswers) {
      redisAnswers = true;
      cause = null;
      pause = Duration.ZERO;
      LOG.infof("Ended sessions go to Redis at %s", redis.location());
    }
  }

  private void failed(Throwable e) {
    if (closing) {
      return;
    }
    redisAnswers = false;
    // Once for each cause, not once for each try.
    String newCause = rootMessage(e);
    if (!newCause.equals(cause)) {
      cause = newCause;
      LOG.warnf(
          "Ended sessions do not reach Redis at %s (%s). They wait in the database and are sent"
              + " once it takes them.",
          redis.location(), cause);
    }
    LOG.debug("No way to Redis", e);
    pause = pause.isZero() ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
    try {
      // A wake-up says that there is more to send, not that Redis is back.
      TimeUnit.MILLISECONDS.sleep(pause.toMillis());
    } catch (InterruptedException interrupted) {
      closing = true;
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root instanceof JedisException && root.getSuppressed().length > 0) {
      // Jedis tried several addresses or nodes and says only here what came of it.
      root = root.getSuppressed()[0];
      while (root.getCause() != null) {
        root = root.getCause();
      }
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  /** Redis answers, but takes no message at all. */
  private static final class RedisRefusesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RedisRefusesException(String answer) {
      super(answer);
    }
  }
}
