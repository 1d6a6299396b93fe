package dev.ssologout.broadcaster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * What is counted of streams on this node; seen at Keycloak's {@code /metrics} where that is on.
 */
final class StreamMetrics implements AutoCloseable {
  private static final String PREFIX = "sso.logout.streams.";

  /** Why a stream was refused. */
  enum Refusal {
    UNAUTHENTICATED,
    FORBIDDEN,
    RATE,
    SESSION,
    USER,
    IP,
    NODE,
    INVALID;

    /** Whether an operator might want to raise a limit. */
    boolean isLimit() {
      return switch (this) {
        case RATE, SESSION, USER, IP, NODE -> true;
        default -> false;
      };
    }
  }

  /** Why a stream ended. */
  enum Closing {
    /** Its session ended. */
    ENDED,
    /** The reader closed it. */
    CLIENT,
    /** The reader did not read. */
    SLOW,
    /** It was as old as one may become. */
    LIFETIME,
    /** The server stops. */
    SHUTDOWN
  }

  private final MeterRegistry registry;
  private final List<Meter> meters = new ArrayList<>();
  private final Counter opened;
  private final Counter pushed;
  private final Timer pushLatency;
  private final Timer duration;
  private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);
  private final Map<Closing, Counter> closed = new EnumMap<>(Closing.class);

  /**
   * @param open how many streams are open
   * @param subscribed 1 while ends on other nodes are heard of by Redis, else 0
   */
  StreamMetrics(IntSupplier open, IntSupplier subscribed) {
    registry = Metrics.globalRegistry;
    meters.add(
        Gauge.builder(PREFIX + "open", open::getAsInt)
            .description("Streams to browsers that are open")
            .register(registry));
    meters.add(
        Gauge.builder(PREFIX + "redis.subscribed", subscribed::getAsInt)
            .description("Whether ends of sessions on other nodes are heard of by Redis")
            .register(registry));
    opened =
        add(
            Counter.builder(PREFIX + "opened")
                .description("Streams that were opened")
                .register(registry));
    pushed =
        add(
            Counter.builder(PREFIX + "pushed")
                .description("Ends of sessions that were told to a stream")
                .register(registry));
    pushLatency =
        add(
            Timer.builder(PREFIX + "push.latency")
                .description("From the end of the session until it was told to a stream")
                .serviceLevelObjectives(millis(5, 10, 25, 50, 100, 250, 500, 1000, 5000, 30_000))
                .register(registry));
    duration =
        add(
            Timer.builder(PREFIX + "duration")
                .description("How long streams were open")
                .serviceLevelObjectives(
                    millis(1000, 10_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000))
                .register(registry));
    for (Refusal reason : Refusal.values()) {
      refused.put(
          reason,
          add(
              Counter.builder(PREFIX + "refused")
                  .description("Streams that were refused")
                  .tag("reason", tag(reason))
                  .register(registry)));
    }
    for (Closing reason : Closing.values()) {
      closed.put(
          reason,
          add(
              Counter.builder(PREFIX + "closed")
                  .description("Streams that ended")
                  .tag("reason", tag(reason))
                  .register(registry)));
    }
  }

  void opened() {
    opened.increment();
  }

  void refused(Refusal reason) {
    refused.get(reason).increment();
  }

  /**
   * @param sinceEnd negative where the clocks of nodes differ, or nothing is known of it
   */
  void pushed(Duration sinceEnd) {
    pushed.increment();
    if (!sinceEnd.isNegative()) {
      pushLatency.record(sinceEnd);
    }
  }

  void closed(Closing reason, long nanos) {
    closed.get(reason).increment();
    duration.record(Duration.ofNanos(nanos));
  }

  @Override
  public void close() {
    meters.forEach(registry::remove);
  }

  static String tag(Enum<?> reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private <M extends Meter> M add(M meter) {
    meters.add(meter);
    return meter;
  }

  private static Duration[] millis(long... millis) {
    Duration[] durations = new Duration[millis.length];
    for (int i = 0; i < millis.length; i++) {
      durations[i] = Duration.ofMillis(millis[i]);
    }
    return durations;
  }
}
