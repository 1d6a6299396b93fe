package dev.ssologout.rest.sessions;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.ssologout.rest.QueryParameters;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * Which sessions are asked for; what is {@code null} does not matter. Times are ISO 8601; {@code
 * ...After} takes the time itself along, {@code ...Before} does not.
 *
 * @param user the user's id
 * @param client the client id of a client that takes part
 * @param offline online and offline sessions where it is {@code null}
 */
record SessionFilter(
    @JsonProperty("user") String user,
    @JsonProperty("client") String client,
    @JsonProperty("ipAddress") String ipAddress,
    @JsonProperty("startedAfter") String startedAfter,
    @JsonProperty("startedBefore") String startedBefore,
    @JsonProperty("lastAccessAfter") String lastAccessAfter,
    @JsonProperty("lastAccessBefore") String lastAccessBefore,
    @JsonProperty("offline") Boolean offline) {

  static final String[] PARAMETERS = {
    "user",
    "client",
    "ipAddress",
    "startedAfter",
    "startedBefore",
    "lastAccessAfter",
    "lastAccessBefore",
    "offline"
  };

  static SessionFilter of(QueryParameters query) {
    return new SessionFilter(
            query.text("user").orElse(null),
            query.text("client").orElse(null),
            query.text("ipAddress").orElse(null),
            query.text("startedAfter").orElse(null),
            query.text("startedBefore").orElse(null),
            query.text("lastAccessAfter").orElse(null),
            query.text("lastAccessBefore").orElse(null),
            query.flag("offline").orElse(null))
        .checked();
  }

  /** Of one user. */
  static SessionFilter ofUser(String userId, Boolean offline) {
    return new SessionFilter(userId, null, null, null, null, null, null, offline);
  }

  /**
   * @throws dev.ssologout.rest.ProblemException 400 if a time is none
   */
  SessionFilter checked() {
    started();
    lastAccess();
    return this;
  }

  SecondRange started() {
    return range("started", startedAfter, startedBefore);
  }

  SecondRange lastAccess() {
    return range("lastAccess", lastAccessAfter, lastAccessBefore);
  }

  private static SecondRange range(String name, String after, String before) {
    return new SecondRange(
        after == null ? SecondRange.ALL.from() : ceiling(time(name + "After", after)),
        before == null ? SecondRange.ALL.to() : ceiling(time(name + "Before", before)) - 1);
  }

  private static Instant time(String parameter, String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw QueryParameters.invalid(parameter, "is a time such as 2026-11-20T21:01:01Z");
    }
  }

  /** Sessions have whole seconds. */
  private static long ceiling(Instant time) {
    return time.getEpochSecond() + (time.getNano() > 0 ? 1 : 0);
  }
}
