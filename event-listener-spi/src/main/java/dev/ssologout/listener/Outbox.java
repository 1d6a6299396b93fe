package dev.ssologout.listener;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import jakarta.persistence.FlushModeType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.keycloak.events.outbox.OutboxStore;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;
import org.keycloak.models.jpa.entities.OutboxEntryStatus;

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

  Outbox(KeycloakSession session) {
    super(session);
  }

  /** The METADATA of a row that holds one message. */
  private record Delivery(long markerSeconds, Map<String, String> subs) {}

  /** Adds the message to the current transaction, unless a row for it is there already. */
  void add(String realmId, Envelope envelope) {
    Map<String, String> subs = envelope.pairwiseSubs();
    insert(
        realmId,
        envelope.message().id(),
        SessionEnded.TYPE,
        SessionEndedCodec.encode(envelope.message()),
        GSON.toJson(new Delivery(envelope.markerSeconds(), subs.isEmpty() ? null : subs)));
  }

  /** Adds all to the current transaction, in one row. */
  void add(PackedEnvelopes packed) {
    insert(packed.realmId(), UUID.randomUUID().toString(), PACKED, GSON.toJson(packed), null);
  }

  /**
   * By the statement of {@link OutboxStore#enqueuePending}, without what that does around it: a
   * look for an existing row, which the insert leaves alone anyway, and a check of every entity of
   * the transaction for changes that would have to be written before.
   */
  private void insert(
      String realmId, String correlationId, String type, String payload, String metadata) {
    Instant now = Instant.now();
    getEntityManager()
        .createNamedQuery("OutboxEntryEntity.insertIfAbsent")
        .setParameter("id", generateEntryId())
        .setParameter("entryKind", KIND)
        .setParameter("realmId", realmId)
        .setParameter("ownerId", realmId)
        .setParameter("containerId", null)
        .setParameter("correlationId", correlationId)
        .setParameter("entryType", type)
        .setParameter("payload", payload)
        .setParameter("metadata", metadata)
        .setParameter("status", OutboxEntryStatus.PENDING)
        .setParameter("attempts", 0)
        .setParameter("nextAttemptAt", now)
        .setParameter("createdAt", now)
        .setFlushMode(FlushModeType.COMMIT)
        .executeUpdate();
  }

  /**
   * Locks rows that are due, oldest first, passing over those that another node holds.
   *
   * @param limit the most rows to lock
   */
  List<OutboxEntryEntity> lockDue(int limit) {
    return lockDueForDrain(KIND, limit);
  }

  /**
   * Reads a row that {@link #lockDue} gave.
   *
   * @throws UnreadableRowException if somebody else has written into it
   */
  static List<Envelope> read(OutboxEntryEntity row) throws UnreadableRowException {
    try {
      if (PACKED.equals(row.getEntryType())) {
        return GSON.fromJson(row.getPayload(), PackedEnvelopes.class).unpack();
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
    } catch (JsonParseException | NullPointerException | IllegalArgumentException e) {
      // Gson fills records without asking; what is missing shows when it is used.
      throw new UnreadableRowException(e.toString());
    }
  }

  /** Removes the rows in one statement. */
  void remove(List<String> rowIds) {
    if (!rowIds.isEmpty()) {
      getEntityManager()
          .createQuery("DELETE FROM OutboxEntryEntity e WHERE e.id IN :ids")
          .setParameter("ids", rowIds)
          .executeUpdate();
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
