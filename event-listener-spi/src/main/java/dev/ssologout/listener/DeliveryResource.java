package dev.ssologout.listener;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import dev.ssologout.rest.QueryParameters;
import dev.ssologout.rest.RequestBody;
import dev.ssologout.rest.SecurityHeaders;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.keycloak.events.admin.OperationType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;
import org.keycloak.models.jpa.entities.OutboxEntryStatus;
import org.keycloak.services.resources.admin.AdminEventBuilder;
import org.keycloak.services.resources.admin.fgap.AdminPermissionEvaluator;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What has become of a realm's messages, and what an administrator can do about it. Reading takes
 * the role {@code view-realm}, changing {@code manage-realm}; every change is an admin event.
 *
 * <p>A realm that does not name the listener may have rows from when it did, so it is answered too.
 */
public class DeliveryResource {
  /** The type of the admin events about dead letters. */
  static final String DEAD_LETTER = "SSO_LOGOUT_DEAD_LETTER";

  /** The type of the admin events about replays. */
  static final String REPLAY = "SSO_LOGOUT_REPLAY";

  private static final Logger LOG = Logger.getLogger(DeliveryResource.class);
  private static final int LONGEST_PAGE = 100;
  private static final int MOST_AT_ONCE = 500;
  private static final Pattern ENTRY_ID = Pattern.compile("[0-9]{1,18}-[0-9]{1,18}");
  private static final ProblemType REDIS_AWAY =
      new ProblemType("redis-unavailable", 503, "Redis does not answer");

  private final KeycloakSession session;
  private final RealmModel realm;
  private final AdminPermissionEvaluator auth;
  private final AdminEventBuilder adminEvent;
  private final RedisLogoutEventListenerProviderFactory listener;
  private final Outbox outbox;

  DeliveryResource(
      KeycloakSession session,
      RealmModel realm,
      AdminPermissionEvaluator auth,
      AdminEventBuilder adminEvent,
      RedisLogoutEventListenerProviderFactory listener) {
    this.session = session;
    this.realm = realm;
    this.auth = auth;
    this.adminEvent = adminEvent;
    this.listener = listener;
    this.outbox = new Outbox(session);
  }

  /**
   * How the realm's messages fare.
   *
   * @param enabled whether the realm names the listener
   * @param waiting how many rows wait; one that many sessions share counts once
   * @param oldestWaitingSince when the oldest of them was written; left out where none waits
   * @param deadLetters how many messages are set aside
   * @param lastError why the last of the waiting messages that failed did so
   * @param node the node that answers
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DeliveryState(
      boolean enabled,
      long waiting,
      String oldestWaitingSince,
      long deadLetters,
      String lastError,
      NodeState node) {}

  /**
   * How messages of all realms leave this node.
   *
   * @param redis where Redis is, without user and password
   * @param redisUp whether messages reach it
   * @param since since when that is so
   * @param cause why they do not
   * @param lastSent when this node sent a message last; left out where it has not yet
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record NodeState(
      String redis, boolean redisUp, String since, String cause, String lastSent) {}

  /**
   * A message that is set aside. It holds no token; those are made when a message is sent.
   *
   * @param id the message's id
   * @param sid and what follows is left out where the row holds no message
   * @param capturedAt when the message was written to the outbox
   * @param attempts how often it was tried
   * @param error why the last try failed
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DeadLetter(
      String id,
      String sid,
      Boolean offline,
      String reason,
      String initiator,
      List<String> clients,
      String time,
      String capturedAt,
      int attempts,
      String error) {

    private static DeadLetter of(OutboxEntryEntity row) {
      SessionEnded message = null;
      try {
        List<Envelope> envelopes = Outbox.read(row);
        message = envelopes.size() == 1 ? envelopes.get(0).message() : null;
      } catch (Outbox.UnreadableRowException e) {
        // The row's error says so.
      }
      return new DeadLetter(
          row.getCorrelationId(),
          message == null ? null : message.sid(),
          message == null ? null : message.offline(),
          message == null ? null : message.reason().wireName(),
          message == null ? null : message.initiator().wireName(),
          message == null ? null : message.clients(),
          message == null ? null : message.time().toString(),
          row.getCreatedAt().toString(),
          row.getAttempts(),
          row.getLastError());
    }
  }

  /**
   * Some of the realm's dead letters, in the order of their ids.
   *
   * @param next the {@code after} of the next page; left out on the last
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DeadLetters(List<DeadLetter> deadLetters, String next) {}

  /**
   * What has come of retrying all.
   *
   * @param more whether there are dead letters left
   */
  public record Retried(int retried, boolean more) {}

  /**
   * What to replay.
   *
   * @param client the client id whose stream gets the messages
   * @param from the messages sent at this time or later, as {@code 2026-11-20T21:01:01Z}
   * @param to and before this one
   * @param after the {@code next} of the call before; {@code null} in the first
   */
  public record ReplayRequest(String client, String from, String to, String after) {}

  /**
   * What has been replayed.
   *
   * @param replayed how many messages
   * @param next the {@code after} of the next call; left out where the range is through
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Replayed(int replayed, String next) {}

  @GET
  @Path("delivery")
  @Produces(MediaType.APPLICATION_JSON)
  public DeliveryState delivery() {
    requireView();
    QueryParameters.of(session);
    Map<OutboxEntryStatus, Outbox.Count> counts = outbox.count(realm.getId());
    Outbox.Count waiting = counts.get(OutboxEntryStatus.PENDING);
    Outage.State state = listener.relay().state();
    return new DeliveryState(
        SessionEndCapture.watches(realm),
        waiting.rows(),
        text(waiting.oldest()),
        counts.get(OutboxEntryStatus.DEAD_LETTER).rows(),
        outbox.lastError(realm.getId()),
        new NodeState(
            listener.redisLocation(),
            state.open(),
            text(state.since()),
            state.cause(),
            text(listener.relay().lastSent())));
  }

  @GET
  @Path("dead-letters")
  @Produces(MediaType.APPLICATION_JSON)
  public DeadLetters deadLetters() {
    requireView();
    QueryParameters parameters = QueryParameters.of(session, "after", "max");
    int max = parameters.number("max", 1, LONGEST_PAGE, LONGEST_PAGE / 5);
    List<OutboxEntryEntity> rows =
        outbox.deadLetters(realm.getId(), parameters.text("after").orElse(""), max + 1);
    List<DeadLetter> page = rows.stream().limit(max).map(DeadLetter::of).toList();
    return new DeadLetters(page, rows.size() > max ? page.get(max - 1).id() : null);
  }

  @GET
  @Path("dead-letters/{id}")
  @Produces(MediaType.APPLICATION_JSON)
  public DeadLetter deadLetter(@PathParam("id") String id) {
    requireView();
    QueryParameters.of(session);
    OutboxEntryEntity row = outbox.deadLetter(realm.getId(), existing(id));
    if (row == null) {
      throw noDeadLetter();
    }
    return DeadLetter.of(row);
  }

  @POST
  @Path("dead-letters/{id}/retry")
  public Response retry(@PathParam("id") String id) {
    requireManage();
    QueryParameters.of(session);
    if (outbox.revive(realm.getId(), List.of(existing(id))) == 0) {
      throw noDeadLetter();
    }
    changed(OperationType.ACTION, DEAD_LETTER, null);
    return Response.noContent().build();
  }

  @DELETE
  @Path("dead-letters/{id}")
  public Response drop(@PathParam("id") String id) {
    requireManage();
    QueryParameters.of(session);
    if (!outbox.drop(realm.getId(), existing(id))) {
      throw noDeadLetter();
    }
    LOG.infof("Dead letter %s of realm %s is dropped by an administrator", id, realm.getName());
    changed(OperationType.DELETE, DEAD_LETTER, null);
    return Response.noContent().build();
  }

  /** All of them, or as many as one call takes. */
  @POST
  @Path("dead-letters/retry")
  @Produces(MediaType.APPLICATION_JSON)
  public Retried retryAll() {
    requireManage();
    QueryParameters.of(session);
    List<String> ids = outbox.deadLetterIds(realm.getId(), MOST_AT_ONCE + 1);
    List<String> now = ids.subList(0, Math.min(ids.size(), MOST_AT_ONCE));
    Retried result = new Retried(outbox.revive(realm.getId(), now), ids.size() > now.size());
    changed(OperationType.ACTION, DEAD_LETTER, result);
    return result;
  }

  /**
   * Appends messages that the realm's stream still holds to a client's stream once more, and
   * publishes them on its channel: with the ids that they had, so that a relying party that has
   * seen one does nothing, and with fresh logout tokens.
   */
  @POST
  @Path("replay")
  @Produces(MediaType.APPLICATION_JSON)
  public Replayed replay(InputStream body) {
    requireManage();
    QueryParameters.of(session);
    ReplayRequest request =
        RequestBody.json(session, body, ReplayRequest.class)
            .orElseThrow(() -> new ProblemException(ProblemType.INVALID_BODY, "There is no body"));
    if (!isText(request.client()) || realm.getClientByClientId(request.client()) == null) {
      throw invalid("client", "is the client id of a client of the realm");
    }
    Instant from = time("from", request.from());
    Instant to = time("to", request.to());
    if (!from.isBefore(to)) {
      throw invalid("to", "is later than from");
    }
    if (request.after() != null && !ENTRY_ID.matcher(request.after()).matches()) {
      throw invalid("after", "is what the call before gave as next");
    }
    Replayed replayed;
    try {
      replayed =
          listener
              .replay()
              .run(session, realm, request.client(), from, to, request.after(), MOST_AT_ONCE);
    } catch (JedisException e) {
      LOG.debug("No replay", e);
      throw new ProblemException(REDIS_AWAY, "Nothing is lost; try again once Redis answers");
    }
    changed(OperationType.ACTION, REPLAY, request);
    return replayed;
  }

  private void requireView() {
    SecurityHeaders.data(session);
    if (!auth.realm().canViewRealm()) {
      throw new ProblemException(ProblemType.FORBIDDEN, "The role view-realm is needed");
    }
  }

  private void requireManage() {
    SecurityHeaders.data(session);
    if (!auth.realm().canManageRealm()) {
      throw new ProblemException(ProblemType.FORBIDDEN, "The role manage-realm is needed");
    }
  }

  private void changed(OperationType operation, String type, Object representation) {
    adminEvent
        .operation(operation)
        .resource(type)
        .resourcePath(session.getContext().getUri())
        .representation(representation)
        .success();
    if (operation == OperationType.ACTION) {
      listener.wakeAfterCommitOf(session);
    }
  }

  /**
   * @throws ProblemException if there can be none of this id
   */
  private static String existing(String id) {
    if (!isText(id)) {
      throw noDeadLetter();
    }
    return id;
  }

  /** Whether it is something that a column of 255 characters can hold. */
  private static boolean isText(String value) {
    return value != null && value.length() <= 255 && value.indexOf('\0') < 0;
  }

  private static ProblemException noDeadLetter() {
    return new ProblemException(ProblemType.NOT_FOUND, "The realm has no dead letter of this id");
  }

  private static ProblemException invalid(String member, String problem) {
    return new ProblemException(ProblemType.INVALID_BODY, member + " " + problem)
        .with("member", member);
  }

  private static Instant time(String member, String value) {
    try {
      if (value != null) {
        Instant time = Instant.parse(value);
        // Redis counts milliseconds since the epoch.
        if (time.toEpochMilli() >= 0) {
          return time;
        }
      }
    } catch (DateTimeParseException | ArithmeticException e) {
      // Told below.
    }
    throw invalid(member, "is a time such as 2026-11-20T21:01:01Z");
  }

  private static String text(Instant time) {
    return time == null ? null : time.toString();
  }
}
