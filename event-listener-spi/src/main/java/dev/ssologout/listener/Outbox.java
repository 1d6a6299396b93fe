package dev.ssologout.listener;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.TypedQuery;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.MutationQuery;
import org.hibernate.query.NativeQuery;
import org.keycloak.events.outbox.OutboxStore;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;
import org.keycloak.models.jpa.entities.OutboxEntryStatus;
import org.keycloak.models.jpa.session.JpaSessionUtil;

/**
 * The messages that wait for Redis, in Keycloak's own table OUTBOX_ENTRY. A row's PAYLOAD holds
 * either one message as the realm's channel will have it, with the rest of its envelope in
 * METADATA, or {@linkplain PackedEnvelopes many}.
 */
final class Outbox extends OutboxStore {
  /** The {@code ENTRY_KIND} of our rows, which share the table with Keycloak's own. */
  static final String KIND = "sso-logout";

  private static final String PACKED = SessionEnded.TYPE + "+packed";
  private static final Gson GSON = new Gson();
  // A property of the entity manager that Keycloak's AsyncCommitIntegrator asks for.
  private static final String DURABLE_COMMIT = "kc.sync_commit_required";

  // A row is known by the id of its message; a packed row, and one that nobody of ours has written,
  // by what stands there instead. By the table's unique key.
  private static final String BY_ID =
      "e.entryKind = :kind AND e.ownerId = :realmId AND e.correlationId = :id";
  private static final String COLUMNS =
      """
      {h-schema}OUTBOX_ENTRY
          (ID, ENTRY_KIND, REALM_ID, OWNER_ID, CORRELATION_ID, ENTRY_TYPE, PAYLOAD, METADATA,
           STATUS, ATTEMPTS, NEXT_ATTEMPT_AT, CREATED_AT)
      """;
  private static final String VALUES =
      """
      :id, :entryKind, :realmId, :ownerId, :correlationId, :entryType, :payload, :metadata,
      'PENDING', 0, CAST(:nextAttemptAt AS timestamp), CAST(:createdAt AS timestamp)
      """;
  private static final String DELETE_SESSION =
      "DELETE FROM {h-schema}OFFLINE_USER_SESSION"
          + " WHERE USER_SESSION_ID = :sid AND OFFLINE_FLAG = :offlineFlag";
  // The entity's named query insertIfAbsent, as PostgreSQL has it.
  private static final String POSTGRES_INSERT =
      "INSERT INTO " + COLUMNS + "VALUES (" + VALUES + ") ON CONFLICT DO NOTHING";
  private static final String POSTGRES_DELETE_SESSION_AND_INSERT =
      "WITH deleted AS ("
          + DELETE_SESSION
          + " RETURNING USER_SESSION_ID) "
          + "INSERT INTO "
          + COLUMNS
          + "SELECT "
          + VALUES
          + " FROM deleted ON CONFLICT DO NOTHING";
  // Not every database takes more in one list.
  private static final int CHUNK = 500;

  Outbox(KeycloakSession session) {
    super(session);
  }

  /** The METADATA of a row that holds one message. */
  private record Delivery(long markerSeconds, Map<String, String> subs) {}

  /**
   * Adds the message to the current transaction.
   *
   * @return whether it was added; {@code false} if a row for it is there already
   */
  boolean add(String realmId, Envelope envelope) {
    return add(realmId, envelope, Instant.now());
  }

  private boolean add(String realmId, Envelope envelope, Instant createdAt) {
    return insert(insertIfAbsent(), realmId, envelope, createdAt);
  }

  /**
   * Adds the message to the current transaction and deletes the row of the session that it is
   * about, by as few statements as the database allows. None of the persistence context's entities
   * may be that row.
   *
   * @return whether it was added; {@code false} if the session has no row (any more), or if a row
   *     for the message is there already
   */
  boolean addAndDeleteSession(String realmId, Envelope envelope) {
    if (isPostgres()) {
      return insert(
          ofSession(nativeStatement(POSTGRES_DELETE_SESSION_AND_INSERT), envelope),
          realmId,
          envelope,
          Instant.now());
    }
    return ofSession(nativeStatement(DELETE_SESSION), envelope).executeUpdate() > 0
        && add(realmId, envelope);
  }

  private static MutationQuery ofSession(MutationQuery statement, Envelope envelope) {
    return statement
        .setParameter("sid", envelope.message().sid())
        .setParameter("offlineFlag", JpaSessionUtil.offlineToString(envelope.message().offline()));
  }

  private boolean insert(
      MutationQuery statement, String realmId, Envelope envelope, Instant createdAt) {
    Map<String, String> subs = envelope.pairwiseSubs();
    return insert(
        statement,
        realmId,
        envelope.message().id(),
        SessionEnded.TYPE,
        SessionEndedCodec.encode(envelope.message()),
        GSON.toJson(new Delivery(envelope.markerSeconds(), subs.isEmpty() ? null : subs)),
        createdAt);
  }

  /** Adds all to the current transaction, in one row. */
  void add(PackedEnvelopes packed) {
    insert(
        insertIfAbsent(),
        packed.realmId(),
        UUID.randomUUID().toString(),
        PACKED,
        GSON.toJson(packed),
        null,
        Instant.now());
  }

  /**
   * The statement of {@link OutboxStore#enqueuePending}, in PostgreSQL's own words where it is
   * PostgreSQL: Hibernate translates its own anew each time.
   */
  private MutationQuery insertIfAbsent() {
    return isPostgres()
        ? nativeStatement(POSTGRES_INSERT)
        : getEntityManager()
            .createNamedQuery("OutboxEntryEntity.insertIfAbsent")
            .unwrap(MutationQuery.class)
            .setParameter("containerId", null)
            .setParameter("status", OutboxEntryStatus.PENDING)
            .setParameter("attempts", 0);
  }

  /**
   * Inserts without what {@link OutboxStore#enqueuePending} does around it: a look for an existing
   * row, which the insert leaves alone anyway, and a check of every entity of the transaction for
   * changes that would have to be written before.
   */
  private boolean insert(
      MutationQuery statement,
      String realmId,
      String correlationId,
      String type,
      String payload,
      String metadata,
      Instant createdAt) {
    // What is sent once it is committed has to outlive the database's end; Keycloak lets commits
    // not wait for the disk where all that they change may be lost.
    getEntityManager().setProperty(DURABLE_COMMIT, true);
    return statement
            .setParameter("id", generateEntryId())
            .setParameter("entryKind", KIND)
            .setParameter("realmId", realmId)
            .setParameter("ownerId", realmId)
            .setParameter("correlationId", correlationId)
            .setParameter("entryType", type)
            .setParameter("payload", payload)
            .setParameter("metadata", metadata, String.class)
            .setParameter("nextAttemptAt", createdAt)
            .setParameter("createdAt", createdAt)
            .setFlushMode(FlushModeType.COMMIT)
            .executeUpdate()
        > 0;
  }

  private boolean isPostgres() {
    return getEntityManager()
            .unwrap(SharedSessionContractImplementor.class)
            .getFactory()
            .getJdbcServices()
            .getDialect()
        instanceof PostgreSQLDialect;
  }

  /** A statement before which nothing of the persistence context has to be written. */
  private MutationQuery nativeStatement(String sql) {
    return getEntityManager()
        .createNativeQuery(sql)
        .unwrap(NativeQuery.class)
        .addSynchronizedEntityClass(OutboxEntryEntity.class)
        .setFlushMode(FlushModeType.COMMIT);
  }

  /**
   * Locks rows that are due, oldest first, passing over those that another node holds.
   *
   * @param limit the most rows to lock
   */
  List<OutboxEntryEntity> lockDue(int limit) {
    List<OutboxEntryEntity> rows = lockDueForDrain(KIND, limit);
    // They are changed by statements only; as entities each would be compared with what it was.
    rows.forEach(getEntityManager()::detach);
    return rows;
  }

  /**
   * Reads a row that {@link #lockDue} gave.
   *
   * @throws UnreadableRowException if somebody else has written into it
   */
  static List<Envelope> read(OutboxEntryEntity row) throws UnreadableRowException {
    try {
      if (PACKED.equals(row.getEntryType())) {
        List<Envelope> envelopes = GSON.fromJson(row.getPayload(), PackedEnvelopes.class).unpack();
        if (envelopes.isEmpty()) {
          throw new UnreadableRowException("$.sids: is empty");
        }
        return envelopes;
      }
      SessionEnded message = SessionEndedCodec.decode(row.getPayload());
      if (message.clients() == null) {
        throw new UnreadableRowException("$.data.clients: is missing");
      }
      Delivery delivery = GSON.fromJson(row.getMetadata(), Delivery.class);
      return List.of(
          new Envelope(
              message,
              delivery.markerSeconds(),
              delivery.subs() == null ? Map.of() : delivery.subs()));
    } catch (MalformedMessageException e) {
      throw new UnreadableRowException(e.getMessage());
    } catch (JsonParseException
        | NullPointerException
        | IllegalArgumentException
        | IndexOutOfBoundsException e) {
      // Gson fills records without asking; what is missing shows when it is used.
      throw new UnreadableRowException(e.toString());
    }
  }

  /** Removes the rows. */
  void remove(List<String> rowIds) {
    forEachChunk(
        rowIds,
        chunk ->
            nativeStatement("DELETE FROM {h-schema}OUTBOX_ENTRY WHERE ID IN (:ids)")
                .setParameter("ids", chunk)
                .executeUpdate());
  }

  /** Puts the rows off, through no fault of theirs: this counts as no try. */
  void postpone(List<String> rowIds, Instant until, String why) {
    forEachChunk(
        rowIds,
        chunk ->
            getEntityManager()
                .createQuery(
                    "UPDATE OutboxEntryEntity e SET e.nextAttemptAt = :until, e.lastError = :why"
                        + " WHERE e.id IN :ids")
                .setParameter("until", until)
                .setParameter("why", truncateError(why))
                .setParameter("ids", chunk)
                .executeUpdate());
  }

  /**
   * Gives a message that has failed a row of its own, unless it has one, so that what was sent of a
   * packed row can go and what was not goes its own way.
   *
   * @param row where the message has been
   */
  void setApart(OutboxEntryEntity row, Envelope envelope) {
    add(row.getRealmId(), envelope, row.getCreatedAt());
  }

  /** The message has failed for the so-manieth time and is tried again later. */
  void retryLater(String realmId, String id, int attempts, Instant at, String error) {
    failed(realmId, id, OutboxEntryStatus.PENDING, attempts, at, error);
  }

  /** The message has failed for the last time, or cannot be read. */
  void setAside(String realmId, String id, int attempts, String error) {
    failed(realmId, id, OutboxEntryStatus.DEAD_LETTER, attempts, Instant.now(), error);
  }

  private void failed(
      String realmId,
      String id,
      OutboxEntryStatus status,
      int attempts,
      Instant nextAttemptAt,
      String error) {
    getEntityManager()
        .createQuery(
            "UPDATE OutboxEntryEntity e SET e.status = :status, e.attempts = :attempts,"
                + " e.nextAttemptAt = :nextAttemptAt, e.lastError = :error WHERE "
                + BY_ID)
        .setParameter("status", status)
        .setParameter("attempts", attempts)
        .setParameter("nextAttemptAt", nextAttemptAt)
        .setParameter("error", truncateError(error))
        .setParameter("kind", KIND)
        .setParameter("realmId", realmId)
        .setParameter("id", id)
        .executeUpdate();
  }

  /**
   * How many rows there are of a status, and since when the oldest has been there.
   *
   * @param oldest {@code null} where there are none
   */
  record Count(long rows, Instant oldest) {
    private static final Count NONE = new Count(0, null);
  }

  /** What waits and what has been set aside, of all realms. */
  Map<OutboxEntryStatus, Count> count() {
    return count(
        getEntityManager()
            .createQuery(
                "SELECT e.status, COUNT(e), MIN(e.createdAt) FROM OutboxEntryEntity e"
                    + " WHERE e.entryKind = :kind GROUP BY e.status",
                Object[].class)
            .setParameter("kind", KIND));
  }

  /** What waits and what has been set aside, of one realm. */
  Map<OutboxEntryStatus, Count> count(String realmId) {
    return count(
        getEntityManager()
            .createQuery(
                "SELECT e.status, COUNT(e), MIN(e.createdAt) FROM OutboxEntryEntity e"
                    + " WHERE e.entryKind = :kind AND e.realmId = :realmId GROUP BY e.status",
                Object[].class)
            .setParameter("kind", KIND)
            .setParameter("realmId", realmId));
  }

  private static Map<OutboxEntryStatus, Count> count(TypedQuery<Object[]> query) {
    Map<OutboxEntryStatus, Count> counts = new EnumMap<>(OutboxEntryStatus.class);
    counts.put(OutboxEntryStatus.PENDING, Count.NONE);
    counts.put(OutboxEntryStatus.DEAD_LETTER, Count.NONE);
    for (Object[] row : query.getResultList()) {
      counts.put((OutboxEntryStatus) row[0], new Count((Long) row[1], (Instant) row[2]));
    }
    return counts;
  }

  /** Why the last of the realm's waiting messages that failed did so; {@code null} if none has. */
  String lastError(String realmId) {
    return getEntityManager()
        .createQuery(
            "SELECT e.lastError FROM OutboxEntryEntity e WHERE e.entryKind = :kind"
                + " AND e.realmId = :realmId AND e.status = :status AND e.lastError IS NOT NULL"
                + " ORDER BY e.nextAttemptAt DESC",
            String.class)
        .setParameter("kind", KIND)
        .setParameter("realmId", realmId)
        .setParameter("status", OutboxEntryStatus.PENDING)
        .setMaxResults(1)
        .getResultStream()
        .findFirst()
        .orElse(null);
  }

  /**
   * A realm's dead letters, in the order of their ids.
   *
   * @param after the id after which to begin; an empty text for the first
   */
  List<OutboxEntryEntity> deadLetters(String realmId, String after, int limit) {
    return getEntityManager()
        .createQuery(
            "SELECT e FROM OutboxEntryEntity e WHERE e.entryKind = :kind AND e.ownerId = :realmId"
                + " AND e.status = :status AND e.correlationId > :after ORDER BY e.correlationId",
            OutboxEntryEntity.class)
        .setParameter("kind", KIND)
        .setParameter("realmId", realmId)
        .setParameter("status", OutboxEntryStatus.DEAD_LETTER)
        .setParameter("after", after)
        .setMaxResults(limit)
        .getResultList();
  }

  /**
   * @return the realm's dead letter of this id; {@code null} if there is none
   */
  OutboxEntryEntity deadLetter(String realmId, String id) {
    return getEntityManager()
        .createQuery(
            "SELECT e FROM OutboxEntryEntity e WHERE e.status = :status AND " + BY_ID,
            OutboxEntryEntity.class)
        .setParameter("status", OutboxEntryStatus.DEAD_LETTER)
        .setParameter("kind", KIND)
        .setParameter("realmId", realmId)
        .setParameter("id", id)
        .getResultStream()
        .findFirst()
        .orElse(null);
  }

  /**
   * The ids of a realm's dead letters, in their order.
   *
   * @param limit the most to give
   */
  List<String> deadLetterIds(String realmId, int limit) {
    return getEntityManager()
        .createQuery(
            "SELECT e.correlationId FROM OutboxEntryEntity e WHERE e.entryKind = :kind"
                + " AND e.ownerId = :realmId AND e.status = :status ORDER BY e.correlationId",
            String.class)
        .setParameter("kind", KIND)
        .setParameter("realmId", realmId)
        .setParameter("status", OutboxEntryStatus.DEAD_LETTER)
        .setMaxResults(limit)
        .getResultList();
  }

  /**
   * Lets dead letters be sent as if they had never failed.
   *
   * @return how many of them there were
   */
  int revive(String realmId, List<String> ids) {
    return ids.isEmpty()
        ? 0
        : getEntityManager()
            .createQuery(
                "UPDATE OutboxEntryEntity e SET e.status = :pending, e.attempts = 0,"
                    + " e.nextAttemptAt = :now WHERE e.status = :status AND e.entryKind = :kind"
                    + " AND e.ownerId = :realmId AND e.correlationId IN :ids")
            .setParameter("pending", OutboxEntryStatus.PENDING)
            .setParameter("now", Instant.now())
            .setParameter("status", OutboxEntryStatus.DEAD_LETTER)
            .setParameter("kind", KIND)
            .setParameter("realmId", realmId)
            .setParameter("ids", ids)
            .executeUpdate();
  }

  /**
   * Removes a dead letter for good.
   *
   * @return whether there was such a dead letter
   */
  boolean drop(String realmId, String id) {
    return getEntityManager()
            .createQuery("DELETE FROM OutboxEntryEntity e WHERE e.status = :status AND " + BY_ID)
            .setParameter("status", OutboxEntryStatus.DEAD_LETTER)
            .setParameter("kind", KIND)
            .setParameter("realmId", realmId)
            .setParameter("id", id)
            .executeUpdate()
        > 0;
  }

  private static <T> void forEachChunk(List<T> all, Consumer<List<T>> consumer) {
    for (int from = 0; from < all.size(); from += CHUNK) {
      consumer.accept(all.subList(from, Math.min(all.size(), from + CHUNK)));
    }
  }

  /** A row holds no message. */
  static final class UnreadableRowException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableRowException(String message) {
      super(message);
    }
  }
}
