package dev.ssologout.relyingparty;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Says whether the session of an access token is over, for APIs that verify tokens by themselves
 * and would otherwise take one until it expires.
 *
 * <p>The truth is the session's ended-marker in Redis. Its absence is remembered for some seconds,
 * and dropped at once when the realm's channel tells of that session, so that nearly every answer
 * comes from memory. What the channel says is otherwise not relied on. For many threads.
 */
public final class EndedSessions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EndedSessions.class);
  private static final long NEVER = -1;
  private static final int CACHED = 100_000;
  private static final Duration ENDED_CACHED = Duration.ofHours(1);
  // While Redis does not answer, a request in this time waits for it, and others do not.
  private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(1);

  private final Supplier<? extends UnifiedJedis> redis;
  private final LogoutNames names;
  private final String realm;
  private final WhenUnreachable whenUnreachable;
  private final Cache<String, Answer> answers;
  private final WakeUpChannel channel;
  private final LongAdder refused = new LongAdder();
  private final LongAdder unanswered = new LongAdder();

  /** Changes with every subscription to the channel; {@code null} while there is none. */
  private volatile Object subscription;

  private volatile String problem;
  private volatile long triedAt;

  /** What to answer for a session of which nothing is known while Redis does not answer. */
  public enum WhenUnreachable {
    /** The session is taken to live on: the API stays up and takes a token until it expires. */
    FAIL_OPEN,
    /** The session is taken to be over: the API refuses until Redis is back. */
    FAIL_CLOSED
  }

  /**
   * How it stands.
   *
   * @param problem why Redis does not answer; {@code null} if it does
   * @param listening whether the channel is heard, without which each answer asks Redis
   * @param refused for how many tokens the session was over
   * @param unanswered how many times Redis was not there to be asked
   */
  public record Status(String problem, boolean listening, long refused, long unanswered) {}

  /**
   * @param endedAt seconds since the epoch, or {@link #NEVER}
   * @param subscription during which it was read
   * @param outdated whether the session may have ended once more since
   */
  private record Answer(long endedAt, Object subscription, boolean outdated) {
    boolean isEnd() {
      return endedAt != NEVER;
    }

    /** To be read again; known still, should that fail. */
    Answer asOutdated() {
      return new Answer(endedAt, null, true);
    }
  }

  private EndedSessions(Builder settings) {
    this.redis = settings.redis;
    this.names = new LogoutNames(settings.prefix);
    this.realm = settings.realm;
    this.whenUnreachable = settings.whenUnreachable;
    this.answers =
        Caffeine.newBuilder()
            .maximumSize(CACHED)
            .expireAfter(
                Expiry.<String, Answer>writing(
                    (sid, answer) -> answer.endedAt() == NEVER ? settings.cacheTime : ENDED_CACHED))
            .build();
    this.channel = new WakeUpChannel(redis, names.realm(realm), new Feed());
  }

  /** Begins; {@link Builder#start()} starts. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Whether the session was over when, or has ended since, a token was issued.
   *
   * @param sid the token's {@code sid} claim; a token without one has no session that could end
   * @param issuedAt the token's {@code iat} claim: a token that was issued after the end is of
   *     another session
   */
  public boolean isOver(String sid, Instant issuedAt) {
    if (sid == null || sid.isEmpty()) {
      return false;
    }
    boolean over;
    try {
      long endedAt = endedAt(sid);
      over = endedAt != NEVER && (issuedAt == null || issuedAt.getEpochSecond() <= endedAt);
    } catch (JedisException e) {
      unanswered.increment();
      over = whenUnreachable == WhenUnreachable.FAIL_CLOSED;
    }
    if (over) {
      refused.increment();
    }
    return over;
  }

  /** How it stands now. */
  public Status status() {
    return new Status(problem, subscription != null, refused.sum(), unanswered.sum());
  }

  /** Stops listening. The Redis client stays open. */
  @Override
  public void close() {
    channel.close();
  }

  private long endedAt(String sid) {
    Answer known = answers.getIfPresent(sid);
    if (holds(known)) {
      return known.endedAt();
    }
    try {
      return answers
          .asMap()
          .compute(sid, (key, answer) -> holds(answer) ? answer : read(key))
          .endedAt();
    } catch (JedisException e) {
      if (known != null && known.isEnd()) {
        return known.endedAt();
      }
      throw e;
    }
  }

  private boolean holds(Answer answer) {
    if (answer == null || answer.outdated()) {
      return false;
    }
    // That it lives on holds only for as long as the channel would tell of its end.
    return answer.isEnd() || answer.subscription() != null && answer.subscription() == subscription;
  }

  private Answer read(String sid) {
    Object during = subscription;
    String away = problem;
    if (away != null && System.nanoTime() - triedAt < TRY_AGAIN_AFTER.toNanos()) {
      throw new JedisException(away);
    }
    triedAt = System.nanoTime();
    try {
      String marker = redis.get().get(names.ended(realm, sid));
      if (problem != null) {
        problem = null;
        LOG.info("Ended sessions of {} are known again", realm);
      }
      return new Answer(marker == null ? NEVER : Long.parseLong(marker), during, false);
    } catch (NumberFormatException e) {
      throw away(new JedisException("an ended-marker that is no time"));
    } catch (JedisException e) {
      throw away(e);
    }
  }

  private JedisException away(JedisException e) {
    triedAt = System.nanoTime();
    if (problem == null) {
      LOG.warn(
          "Whether sessions of {} have ended cannot be asked ({}); until it can, a session is taken"
              + " to {}",
          realm,
          e.getMessage(),
          whenUnreachable == WhenUnreachable.FAIL_OPEN ? "live on" : "be over");
    }
    problem = String.valueOf(e.getMessage());
    return e;
  }

  private final class Feed implements WakeUpChannel.Listener {
    @Override
    public void subscribed() {
      subscription = new Object();
    }

    @Override
    public void published(String message) {
      try {
        SessionEnded ended = SessionEndedCodec.decode(message);
        // Not invalidate(), which would not wait for an answer that is being read.
        answers
            .asMap()
            .compute(
                ended.sid(),
                (sid, answer) -> answer != null && answer.isEnd() ? answer.asOutdated() : null);
      } catch (MalformedMessageException e) {
        LOG.debug("Not a message on the channel of {}: {}", realm, e.getMessage());
      }
    }

    @Override
    public void lost() {
      subscription = null;
    }
  }

  /** Says where to look and what to answer when nobody can be asked. */
  public static final class Builder {
    private Supplier<? extends UnifiedJedis> redis;
    private String realm;
    private String prefix = LogoutNames.DEFAULT_PREFIX;
    private WhenUnreachable whenUnreachable = WhenUnreachable.FAIL_OPEN;
    private Duration cacheTime = Duration.ofSeconds(10);

    private Builder() {}

    /** The Redis that Keycloak sends to. The channel keeps one connection of its pool. */
    public Builder redis(UnifiedJedis client) {
      this.redis = client == null ? null : () -> client;
      return this;
    }

    /**
     * As {@link #redis(UnifiedJedis)}, for a client that cannot be made while nothing answers: it
     * is asked for at each use, and may throw a {@link
     * redis.clients.jedis.exceptions.JedisException}.
     */
    public Builder redis(Supplier<? extends UnifiedJedis> client) {
      this.redis = client;
      return this;
    }

    /** The realm's name. */
    public Builder realm(String name) {
      this.realm = name;
      return this;
    }

    /** The realm's issuer, {@code https://<host>/realms/<realm>}, in place of its name. */
    public Builder issuer(String url) {
      return realm(Realms.of(URI.create(url)));
    }

    /** What every name begins with, if Keycloak was told another prefix than the default. */
    public Builder prefix(String namePrefix) {
      this.prefix = namePrefix;
      return this;
    }

    /** What to answer while Redis does not; {@link WhenUnreachable#FAIL_OPEN} by default. */
    public Builder whenUnreachable(WhenUnreachable answer) {
      this.whenUnreachable = answer;
      return this;
    }

    /**
     * How long "lives on" is remembered, and so how late an end may be noticed if the channel falls
     * silent without anybody noticing; 10 seconds by default.
     */
    public Builder cacheTime(Duration time) {
      if (time.isNegative() || time.isZero()) {
        throw new IllegalArgumentException("cacheTime=" + time + ": must be more than zero");
      }
      this.cacheTime = time;
      return this;
    }

    /**
     * Starts to listen.
     *
     * @throws IllegalArgumentException naming what is missing
     */
    public EndedSessions start() {
      if (redis == null) {
        throw new IllegalArgumentException("redis is missing");
      }
      if (realm == null || realm.isBlank()) {
        throw new IllegalArgumentException("realm must not be empty");
      }
      EndedSessions sessions = new EndedSessions(this);
      sessions.channel.open();
      return sessions;
    }
  }
}
