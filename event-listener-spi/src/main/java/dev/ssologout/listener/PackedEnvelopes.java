package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Many sessions that one statement ends, in one outbox row: what they share stands once. A realm
 * with many sessions is signed out at the price of a few rows instead of one for each session.
 *
 * @param time when they ended, in milliseconds since the epoch
 * @param clients the client ids that the sessions point into
 */
record PackedEnvelopes(
    String source,
    long time,
    String realmId,
    String realm,
    String reason,
    String initiator,
    long markerSeconds,
    List<String> clients,
    List<Session> sessions) {

  /**
   * @param started in seconds since the epoch
   * @param clients indexes into the shared list
   * @param subs as {@link Envelope#pairwiseSubs()}; {@code null} for none
   */
  record Session(
      String sid,
      String sub,
      boolean offline,
      int started,
      List<Integer> clients,
      Map<String, String> subs) {}

  List<Envelope> unpack() {
    return sessions.stream().map(this::unpack).toList();
  }

  private Envelope unpack(Session session) {
    SessionEnded message =
        new SessionEnded(
            MessageId.of(realmId, session.sid(), session.offline(), session.started()),
            URI.create(source),
            Instant.ofEpochMilli(time),
            realm,
            session.sid(),
            session.sub(),
            session.offline(),
            Reason.ofWireName(reason),
            Initiator.ofWireName(initiator),
            session.clients().stream().map(clients::get).sorted().toList(),
            null);
    return new Envelope(message, markerSeconds, session.subs() == null ? Map.of() : session.subs());
  }
}
