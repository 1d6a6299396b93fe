package dev.ssologout.demo.relyingparty;

import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import java.time.Instant;

/**
 * A session that this instance has heard the end of.
 *
 * @param reason why it ended, as in the message
 * @param initiator by whom
 * @param time when
 * @param heardAfterMillis how long after that this instance heard of it
 */
record EndedSession(
    String sid, String reason, String initiator, Instant time, long heardAfterMillis) {

  static EndedSession of(SessionEnded message) {
    return new EndedSession(
        message.sid(),
        message.reason().wireName(),
        message.initiator().wireName(),
        message.time(),
        Duration.between(message.time(), Instant.now()).toMillis());
  }
}
