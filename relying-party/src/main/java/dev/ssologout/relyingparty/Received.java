package dev.ssologout.relyingparty;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.text.ParseException;
import java.time.Duration;
import java.util.Map;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.resps.StreamEntry;

/**
 * A stream entry, as far as it can be read; nothing of it is verified.
 *
 * @param previous the id of the entry before it, if the sender said so; otherwise {@code null}
 * @param message {@code null} if it is none
 * @param problem what is wrong where it is none
 * @param tokenId the {@code jti} of its logout token; {@code null} without one
 * @param tokenLife from the issue of its logout token to its end; {@code null} without one
 * @param deliveries how often the group has given it to a consumer
 */
record Received(
    StreamEntryID id,
    StreamEntryID previous,
    SessionEnded message,
    String problem,
    String tokenId,
    Duration tokenLife,
    long deliveries) {

  private static final Duration LONGEST_LIFE = Duration.ofDays(3660);
  private static final String MESSAGE = "message";
  private static final String PREVIOUS = "previous";

  static Received of(StreamEntry entry) {
    Map<String, String> fields = entry.getFields();
    StreamEntryID previous = id(fields.get(PREVIOUS));
    try {
      SessionEnded message = SessionEndedCodec.decode(fields.get(MESSAGE));
      JWTClaimsSet claims = claims(message.logoutToken());
      return new Received(
          entry.getID(),
          previous,
          message,
          null,
          claims == null ? null : claims.getJWTID(),
          life(claims),
          1);
    } catch (MalformedMessageException e) {
      return new Received(entry.getID(), previous, null, e.getMessage(), null, null, 1);
    }
  }

  /** The same after other deliveries than one. */
  Received deliveredTimes(long times) {
    return new Received(id, previous, message, problem, tokenId, tokenLife, times);
  }

  /**
   * What this is about. The sid belongs to it, as the id alone is not signed: else a message that
   * someone put there with an id that is yet to come would pass for the one that comes.
   */
  String about() {
    return message.sid() + '\n' + message.id();
  }

  private static StreamEntryID id(String text) {
    try {
      return text == null ? null : new StreamEntryID(text);
    } catch (RuntimeException e) {
      return null;
    }
  }

  private static JWTClaimsSet claims(String token) {
    try {
      return token == null ? null : SignedJWT.parse(token).getJWTClaimsSet();
    } catch (ParseException | RuntimeException e) {
      return null;
    }
  }

  private static Duration life(JWTClaimsSet claims) {
    if (claims == null || claims.getIssueTime() == null || claims.getExpirationTime() == null) {
      return null;
    }
    Duration life =
        Duration.between(claims.getIssueTime().toInstant(), claims.getExpirationTime().toInstant());
    return life.compareTo(LONGEST_LIFE) < 0 ? life : LONGEST_LIFE;
  }
}
