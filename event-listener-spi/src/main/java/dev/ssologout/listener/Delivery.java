package dev.ssologout.listener;

import dev.ssologout.listener.RedisPublisher.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.keycloak.events.outbox.OutboxBackoff;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Takes one batch after the other from the outbox to Redis. A batch is locked, sent and removed in
 * one transaction. Should the node end in between, the rows stay and are sent again, which Redis
 * knows and answers without a second effect. Several nodes share the work by passing over each
 * other's locks.
 *
 * <p>A message that Redis refuses while it takes others is tried again with growing pauses, and set
 * aside as a dead letter after the last try. What is not the message's fault counts as no try.
 */
final class Delivery {
  private static final Logger LOG = Logger.getLogger(Delivery.class);

  private static final List<Duration> PAUSES =
      List.of(
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2),
          Duration.ofMinutes(10),
          Duration.ofHours(1));

  private static final Duration TELL_AGAIN = Duration.ofMinutes(10);

  /**
   * @param batchSize about how many texts go out at once, those for the clients included
   * @param maxAttempts after how many tries a message is set aside
   * @param postponement how long a message waits that a part of Redis does not take now
   */
  record Settings(int batchSize, int maxAttempts, Duration postponement) {}

  private final Supplier<UnifiedJedis> redis;
  private final Settings settings;
  private final RedisPublisher publisher;
  private final LogoutTokens logoutTokens;
  private final OutboxBackoff backoff;
  // A row may hold many messages, and so a batch few rows.
  private int rowLimit;
  private String told;
  private Instant toldAt = Instant.EPOCH;

  /**
   * What has come of a batch, to be believed once its transaction has been committed.
   *
   * @param sent when the messages that were sent had been captured
   * @param retried how many of all were not tried for the first time
   * @param refused how many were refused
   * @param setAside how many became dead letters
   * @param more whether more may be waiting
   * @param failure why nothing could be sent; {@code null} if something was or nothing was due
   */
  record Report(
      List<Instant> sent,
      int retried,
      int refused,
      int setAside,
      boolean more,
      JedisException failure) {
    boolean isEmpty() {
      return sent.isEmpty() && refused == 0;
    }
  }

  /** A message, and where it comes from. */
  private record Item(OutboxEntryEntity row, Envelope envelope) {
    boolean hasRowOfItsOwn() {
      return envelope.message().id().equals(row.getCorrelationId());
    }
  }

  Delivery(
      Supplier<UnifiedJedis> redis,
      Settings settings,
      RedisPublisher publisher,
      LogoutTokens logoutTokens) {
    this.redis = redis;
    this.settings = settings;
    this.publisher = publisher;
    this.logoutTokens = logoutTokens;
    this.backoff = new OutboxBackoff(settings.maxAttempts(), PAUSES);
    this.rowLimit = settings.batchSize();
  }

  /** Sends what is due, up to a batch, in the session's transaction. */
  Report deliver(KeycloakSession session) {
    Outbox outbox = new Outbox(session);
    List<OutboxEntryEntity> due = outbox.lockDue(rowLimit);
    List<OutboxEntryEntity> rows = new ArrayList<>(due.size());
    List<Item> items = new ArrayList<>(due.size());
    int unreadable = read(outbox, due, rows, items);
    boolean more = due.size() == rowLimit || rows.size() + unreadable < due.size();
    adaptRowLimit(rows.size() + unreadable, due.size());
    if (items.isEmpty()) {
      return new Report(List.of(), 0, 0, unreadable, more, null);
    }
    List<Outcome> outcomes;
    try {
      outcomes =
          publisher.publish(
              redis.get(),
              logoutTokens.address(
                  session,
                  items.stream()
                      .map(item -> new LogoutTokens.Waiting(item.row.getRealmId(), item.envelope))
                      .toList()));
    } catch (JedisException e) {
      // Thrown on, it would undo that unreadable rows are set aside.
      return new Report(List.of(), 0, 0, unreadable, more, e);
    }
    return settle(outbox, rows, items, outcomes, unreadable, more);
  }

  /**
   * @param rows gets the rows that are for this batch
   * @param items gets their messages
   * @return how many rows were set aside
   */
  private int read(
      Outbox outbox, List<OutboxEntryEntity> due, List<OutboxEntryEntity> rows, List<Item> items) {
    int unreadable = 0;
    int texts = 0;
    for (OutboxEntryEntity row : due) {
      try {
        for (Envelope envelope : Outbox.read(row)) {
          texts += 1 + envelope.message().clients().size();
          items.add(new Item(row, envelope));
        }
        rows.add(row);
      } catch (Outbox.UnreadableRowException e) {
        unreadable++;
        LOG.errorf(
            "Outbox row %s of realm %s holds no message and is set aside: %s",
            row.getCorrelationId(), row.getRealmId(), e.getMessage());
        outbox.setAside(
            row.getRealmId(), row.getCorrelationId(), row.getAttempts() + 1, e.getMessage());
      }
      if (texts >= settings.batchSize()) {
        // The rows that are left are let go with this transaction.
        break;
      }
    }
    return unreadable;
  }

  private void adaptRowLimit(int used, int locked) {
    rowLimit = used < locked ? used : (int) Math.min(settings.batchSize(), rowLimit * 2L);
  }

  private Report settle(
      Outbox outbox,
      List<OutboxEntryEntity> rows,
      List<Item> items,
      List<Outcome> outcomes,
      int unreadable,
      boolean more) {
    Instant now = Instant.now();
    List<Instant> sent = new ArrayList<>(items.size());
    List<String> done = new ArrayList<>(rows.size());
    List<String> postponed = new ArrayList<>();
    List<Integer> refused = new ArrayList<>();
    boolean nothingSent = true;
    String notNow = null;
    int retried = 0;
    int next = 0;
    for (OutboxEntryEntity row : rows) {
      int first = next;
      boolean waits = false;
      for (; next < items.size() && items.get(next).row == row; next++) {
        Outcome outcome = outcomes.get(next);
        nothingSent &= outcome.kind() != Outcome.Kind.SENT;
        if (outcome.kind() == Outcome.Kind.NOT_NOW) {
          waits = true;
          notNow = outcome.error();
        }
      }
      retried += row.getAttempts() > 0 ? next - first : 0;
      if (waits) {
        // The whole row: what was sent of it has no second effect.
        postponed.add(row.getId());
        continue;
      }
      boolean staysForItsMessage = false;
      for (int i = first; i < next; i++) {
        if (outcomes.get(i).kind() == Outcome.Kind.SENT) {
          sent.add(row.getCreatedAt());
        } else {
          refused.add(i);
          staysForItsMessage = items.get(i).hasRowOfItsOwn();
        }
      }
      if (!staysForItsMessage) {
        done.add(row.getId());
      }
    }
    int setAside = refused(outbox, items, outcomes, refused, now);
    outbox.remove(done);
    outbox.postpone(postponed, now.plus(settings.postponement()), notNow);
    if (!postponed.isEmpty() && !nothingSent) {
      tellOfPostponed(postponed.size(), notNow, now);
    }
    LOG.debugf("Sent %d messages", sent.size());
    return new Report(
        sent,
        retried,
        refused.size(),
        unreadable + setAside,
        more,
        nothingSent && notNow != null ? new JedisException(notNow) : null);
  }

  /** Some of the messages do not get through, while others do; once in a while for a cause. */
  private void tellOfPostponed(int rows, String cause, Instant now) {
    boolean isNews = !cause.equals(told) || now.isAfter(toldAt.plus(TELL_AGAIN));
    LOG.logf(
        isNews ? Logger.Level.WARN : Logger.Level.DEBUG,
        "Redis does not take some messages now, while it takes others; %d rows wait in the"
            + " database: %s",
        rows,
        cause);
    if (isNews) {
      told = cause;
      toldAt = now;
    }
  }

  /**
   * Puts off the refused messages, each in a row of its own, or sets them aside.
   *
   * @return how many were set aside
   */
  private int refused(
      Outbox outbox, List<Item> items, List<Outcome> outcomes, List<Integer> refused, Instant now) {
    int setAside = 0;
    Logger.Level level = Logger.Level.WARN;
    for (int i : refused) {
      Item item = items.get(i);
      String realmId = item.row.getRealmId();
      String id = item.envelope.message().id();
      String realm = item.envelope.message().realm();
      String error = outcomes.get(i).error();
      int attempts = item.row.getAttempts() + 1;
      if (!item.hasRowOfItsOwn()) {
        outbox.setApart(item.row, item.envelope);
      }
      if (backoff.isExhausted(attempts)) {
        setAside++;
        LOG.errorf(
            "Message %s of realm %s is set aside after %d tries: %s", id, realm, attempts, error);
        outbox.setAside(realmId, id, attempts, error);
      } else {
        LOG.logf(
            attempts == 1 ? level : Logger.Level.DEBUG,
            "Redis refuses message %s of realm %s, try %d of %d: %s",
            id,
            realm,
            attempts,
            settings.maxAttempts(),
            error);
        // Once for a batch, in which many may be refused for one reason.
        level = Logger.Level.DEBUG;
        outbox.retryLater(
            realmId, id, attempts, backoff.computeNextAttemptAt(now, attempts), error);
      }
    }
    return setAside;
  }
}
