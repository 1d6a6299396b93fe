package dev.ssologout.broadcaster;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.keycloak.util.JsonSerialization;

/** The events of a stream (HTML Standard, section 9.2), whose data are JSON. */
final class StreamEvents {
  /** What can stand in the field {@code id} without being taken for more than that. */
  private static final Pattern ID = Pattern.compile("[!-~]{1,128}");

  private final Sse sse;

  StreamEvents(Sse sse) {
    this.sse = sse;
  }

  /**
   * The stream is open and the session lives.
   *
   * @param heartbeat how often a sign of life comes at least
   * @param retry when to connect again should the connection break
   */
  OutboundSseEvent ready(Watch watch, Duration heartbeat, Duration retry) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("sid", watch.sid());
    data.put("heartbeat", heartbeat.toMillis());
    return event("ready", data).reconnectDelay(retry.toMillis()).build();
  }

  /** A session has ended, and a message says so. */
  OutboundSseEvent ended(SessionEnded message) {
    OutboundSseEvent.Builder event =
        event(
            "ended",
            ended(
                message.sid(),
                message.offline(),
                message.reason(),
                message.initiator(),
                message.time()));
    return ID.matcher(message.id()).matches() ? event.id(message.id()).build() : event.build();
  }

  /** A session has ended, and no message has come that would say more. */
  OutboundSseEvent ended(Watch.Session session, Reason reason, Initiator initiator, Instant at) {
    return event("ended", ended(session.sid(), session.offline(), reason, initiator, at)).build();
  }

  /**
   * The server ends the stream, though the session lives.
   *
   * @param retry when to connect again
   */
  OutboundSseEvent bye(Duration retry) {
    return event("bye", Map.of("retry", retry.toMillis())).reconnectDelay(retry.toMillis()).build();
  }

  /** A sign of life, which readers pass over. */
  OutboundSseEvent beat() {
    return sse.newEventBuilder().comment("").build();
  }

  private static Map<String, Object> ended(
      String sid, boolean offline, Reason reason, Initiator initiator, Instant time) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("type", "SSO_LOGOUT");
    data.put("sid", sid);
    data.put("offline", offline);
    data.put("reason", reason.wireName());
    data.put("initiator", initiator.wireName());
    data.put("time", time.truncatedTo(ChronoUnit.MILLIS).toString());
    return data;
  }

  private OutboundSseEvent.Builder event(String name, Map<String, Object> data) {
    try {
      return sse.newEventBuilder()
          .name(name)
          .mediaType(MediaType.TEXT_PLAIN_TYPE)
          .data(String.class, JsonSerialization.writeValueAsString(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
