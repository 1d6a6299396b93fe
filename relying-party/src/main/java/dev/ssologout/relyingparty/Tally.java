package dev.ssologout.relyingparty;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/** Counts what becomes of messages, and knows how it stands with Redis. */
final class Tally {
  private final Map<Refusal, Long> refused = new EnumMap<>(Refusal.class);
  private long handled;
  private long repeated;
  private long retried;
  private long setAside;
  private long gaps;
  private Duration lastDelay;
  private Boolean connected;
  private Instant since = Instant.now();
  private String problem = "not yet connected";
  private boolean keysUnavailable;

  synchronized void handled(Instant ended) {
    handled++;
    lastDelay = Duration.between(ended, Instant.now());
  }

  synchronized void repeated() {
    repeated++;
  }

  synchronized void retried() {
    retried++;
  }

  synchronized void setAside() {
    setAside++;
  }

  synchronized void gap() {
    gaps++;
  }

  synchronized void refused(Refusal refusal) {
    refused.merge(refusal, 1L, Long::sum);
  }

  /**
   * @return whether that is new
   */
  synchronized boolean connected() {
    if (Boolean.TRUE.equals(connected)) {
      return false;
    }
    connected = true;
    since = Instant.now();
    problem = null;
    return true;
  }

  /**
   * @return whether that is new
   */
  synchronized boolean disconnected(String why) {
    problem = why;
    if (Boolean.FALSE.equals(connected)) {
      return false;
    }
    connected = false;
    since = Instant.now();
    return true;
  }

  /**
   * @return whether that is new
   */
  synchronized boolean keysUnavailable(boolean now) {
    boolean isNew = keysUnavailable != now;
    keysUnavailable = now;
    return isNew;
  }

  synchronized SubscriptionStatus status() {
    return new SubscriptionStatus(
        Boolean.TRUE.equals(connected),
        since,
        problem,
        !keysUnavailable,
        handled,
        repeated,
        Map.copyOf(refused),
        retried,
        setAside,
        gaps,
        lastDelay);
  }
}
