package dev.ssologout.message;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * One SSO session has ended. A CloudEvents 1.0 event of type {@value #TYPE}; the JSON form is
 * written and read by {@link SessionEndedCodec} and described by the JSON Schema at {@value
 * #SCHEMA}.
 *
 * @param id the same for every message about this end, on every channel and at every repeat, and
 *     for no other: what a consumer remembers in order to act once
 * @param source the issuer of the realm's tokens, as the clients of the session saw it; a
 *     URI-reference
 * @param time when the session ended, to the millisecond
 * @param realm the realm's name
 * @param sid the session's id, equal to the {@code sid} claim of its tokens
 * @param sub the user: on the realm's channel the user's id, on a client's channel the {@code sub}
 *     that this client knows
 * @param offline whether the session was an offline session
 * @param reason why it ended
 * @param initiator who ended it
 * @param clients the client ids of the relying parties that took part; {@code null} on a client's
 *     channel, which tells no client of another
 * @param logoutToken a logout token for the client (OpenID Connect Back-Channel Logout 1.0 section
 *     2.4); {@code null} on the realm's channel and where signing is off
 */
public record SessionEnded(
    String id,
    URI source,
    Instant time,
    String realm,
    String sid,
    String sub,
    boolean offline,
    Reason reason,
    Initiator initiator,
    List<String> clients,
    String logoutToken) {

  /** The CloudEvents {@code type} of this message. */
  public static final String TYPE = "dev.ssologout.session.ended.v1";

  /** The class path resource that holds the JSON Schema of the message. */
  public static final String SCHEMA = "/dev/ssologout/message/session-ended-v1.schema.json";

  public SessionEnded {
    requireText(id, "id");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(time, "time");
    requireText(realm, "realm");
    requireText(sid, "sid");
    requireText(sub, "sub");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(initiator, "initiator");
    clients = clients == null ? null : List.copyOf(clients);
  }

  /**
   * The same end as one client is told of it: without the list of the other clients.
   *
   * @param sub the user as this client knows it
   * @param logoutToken the client's logout token, or {@code null} where signing is off
   */
  public SessionEnded forClient(String sub, String logoutToken) {
    return new SessionEnded(
        id, source, time, realm, sid, sub, offline, reason, initiator, null, logoutToken);
  }

  /** Leaves the logout token out: it is a credential and must not reach a log. */
  @Override
  public String toString() {
    return "SessionEnded[id=%s, realm=%s, sid=%s, sub=%s, offline=%s, reason=%s, initiator=%s, time=%s, clients=%s]"
        .formatted(
            id,
            realm,
            sid,
            sub,
            offline,
            reason.wireName(),
            initiator.wireName(),
            time,
            clients == null ? "-" : clients);
  }

  private static void requireText(String value, String name) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(name + " must not be empty");
    }
  }
}
