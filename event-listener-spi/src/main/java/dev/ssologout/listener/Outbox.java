package dev.ssologout.listener;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.time.Duration;
import java.util.List;
import org.keycloak.events.outbox.OutboxStore;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;

/**
 * The messages that wait for Redis, in Keycloak's own table OUTBOX_ENTRY. A row holds the message
 * of the realm's channel as it will be published, and beside it what only the relay needs.
 */
final class Outbox extends OutboxStore {
  /** The {@code ENTRY_KIND} of our rows, which share the table with Keycloak's own. */
  static final String KIND = "sso-logout";

  private static final Gson GSON = new Gson();

  Outbox(KeycloakSession session) {
    super(session);
  }

  /** What the relay needs beside the message. */
  record Delivery(long markerSeconds) {
    /** How long the ended-marker must stand. */
    Duration markerLife() {
      return Duration.ofSeconds(markerSeconds);
    }
  }

  /** A waiting message, read back. */
  record Waiting(String rowId, SessionEnded message, Delivery delivery) {}

  /** Adds the message to the current transaction, unless a row for it is there already. */
  void add(String realmId, SessionEnded message, Delivery delivery) {
    enqueuePending(
        KIND,
        realmId,
        realmId,
        null,
        message.id(),
        SessionEnded.TYPE,
        SessionEndedCodec.encode(message),
        GSON.toJson(delivery));
  }

  /**
   * Locks rows that are due, oldest first, passing over those that another node holds.
   *
   * @param limit the most rows to lock
   */
  List<OutboxEntryEntity> lockDue(int limit) {
    return lockDueForDrain(KIND, limit);
  }

  /** Reads a row that {@link #lockDue} gave. */
  static Waiting read(OutboxEntryEntity row) throws MalformedMessageException {
    Delivery delivery;
    try {
      delivery = GSON.fromJson(row.getMetadata(), Delivery.class);
    } catch (JsonParseException e) {
      delivery = null;
    }
    SessionEnded message = SessionEndedCodec.decode(row.getPayload());
    return new Waiting(row.getId(), message, delivery == null ? new Delivery(0) : delivery);
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

  /**
   * Says "none" without asking: the insert itself leaves an existing row alone, so looking first
   * would only cost the logout a statement.
   */
  @Override
  public OutboxEntryEntity findByOwnerAndCorrelationId(
      String entryKind, String ownerId, String correlationId) {
    return null;
  }
}
