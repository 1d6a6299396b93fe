package dev.ssologout.relyingparty;

import com.nimbusds.jose.JWSAlgorithm;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.UnifiedJedis;

/**
 * Tells an app of each SSO session of its users that has ended.
 *
 * <pre>{@code
 * LogoutSubscription subscription =
 *     LogoutSubscription.builder()
 *         .redis(RedisClient.create("redis://shop:secret@redis.example:6379"))
 *         .issuer("https://id.example/realms/acme")
 *         .clientId("shop")
 *         .everyInstanceHears()
 *         .onSessionEnded(ended -> sessions.end(ended.sid()))
 *         .start();
 * }</pre>
 *
 * <p>Messages are read from the client's stream, so that none is missed while the app or Redis was
 * away; the channel of the same name says at once that there is something to read. A message is
 * believed if its logout token says the same, signed by the issuer for this client (OpenID Connect
 * Back-Channel Logout 1.0 section 2.6), so it matters little who can write to that Redis.
 *
 * <p>Threads are daemons. A Redis that cannot be reached, now or later, is tried again for as long
 * as the subscription is open; {@link #status()} says how it stands.
 */
public final class LogoutSubscription implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogoutSubscription.class);
  private static final long CLOSE_MILLIS = Duration.ofSeconds(10).toMillis();

  private final Worker worker;
  private final WakeUpChannel channel;
  private final Tally tally;
  private final Thread thread;

  private LogoutSubscription(Worker worker, WakeUpChannel channel, Tally tally, Thread thread) {
    this.worker = worker;
    this.channel = channel;
    this.tally = tally;
    this.thread = thread;
  }

  /** Begins a subscription; {@link Builder#start()} starts it. */
  public static Builder builder() {
    return new Builder();
  }

  /** How it stands now. */
  public SubscriptionStatus status() {
    return tally.status();
  }

  /**
   * Stops. A handler that is at work is waited for, up to 10 seconds; what was not handled comes
   * again to a subscription whose place is kept in Redis. The Redis client stays open.
   */
  @Override
  public void close() {
    worker.close();
    channel.close();
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says what to subscribe to and what to do. */
  public static final class Builder {
    private static final Set<JWSAlgorithm> ASYMMETRIC =
        Stream.concat(
                JWSAlgorithm.Family.RSA.stream(),
                Stream.of(JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.ES512))
            .collect(Collectors.toUnmodifiableSet());
    private static final Duration LOOK_BACK = Duration.ofHours(1);

    private Supplier<? extends UnifiedJedis> redis;
    private URI issuer;
    private String realm;
    private String clientId;
    private String prefix = LogoutNames.DEFAULT_PREFIX;
    private String group;
    private String consumer;
    private boolean everyInstance;
    private Duration lookBack;
    private boolean verify = true;
    private URI jwkSetUri;
    private String clientSecret;
    private Set<JWSAlgorithm> algorithms;
    private Duration clockSkew = Duration.ofSeconds(60);
    private SessionEndedHandler handler;
    private Consumer<Gap> onGap = gap -> {};
    private BiConsumer<SessionEnded, Exception> onSetAside = (ended, failure) -> {};
    private int attempts = 5;
    private Duration retryAfter = Duration.ofMillis(200);
    private Duration takeOverAfter = Duration.ofMinutes(1);
    private Duration pollInterval = Duration.ofSeconds(2);

    private Builder() {}

    /**
     * The Redis that Keycloak sends to, of any topology. The channel keeps one connection of its
     * pool, reading borrows another.
     */
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

    /**
     * The issuer of the app's tokens, character by character as their {@code iss} claim has it:
     * {@code https://<host>/realms/<realm>}.
     */
    public Builder issuer(String url) {
      this.issuer = URI.create(url);
      return this;
    }

    /** The app's client id in the realm. */
    public Builder clientId(String id) {
      this.clientId = id;
      return this;
    }

    /** The realm's name; by default what stands in the issuer behind {@code /realms/}. */
    public Builder realm(String name) {
      this.realm = name;
      return this;
    }

    /** What every name begins with, if Keycloak was told another prefix than the default. */
    public Builder prefix(String namePrefix) {
      this.prefix = namePrefix;
      return this;
    }

    /**
     * Every instance of the app hears of every ended session: right where each has sessions,
     * connections or caches in its memory. An instance that starts hears from an hour ago on (see
     * {@link #lookBack}); one that keeps sessions over a restart should rather use {@link
     * #everyInstanceHears(String)}.
     */
    public Builder everyInstanceHears() {
      this.everyInstance = true;
      this.group = null;
      return this;
    }

    /**
     * As {@link #everyInstanceHears()}, with the instance's place kept in Redis under its name:
     * after a restart under the same name it goes on where it was.
     *
     * @param instance a name that no other instance of the app has and that outlives a restart,
     *     such as the name of a stateful set's pod
     */
    public Builder everyInstanceHears(String instance) {
      this.everyInstance = true;
      this.group = requireText(instance, "instance");
      this.consumer = instance;
      return this;
    }

    /**
     * Each ended session is handled by one of the app's instances: right where sessions are in a
     * store that all share. If an instance ends before it is done, another takes over. The place is
     * kept in Redis, so that what ended while no instance ran is handled when one does.
     *
     * @param groupName the name that the app's instances share; another group hears by itself
     */
    public Builder oneInstanceActs(String groupName) {
      this.everyInstance = false;
      this.group = requireText(groupName, "group");
      this.consumer = UUID.randomUUID().toString();
      return this;
    }

    /**
     * How far back to begin where no place is kept. By default an hour for {@link
     * #everyInstanceHears()}, otherwise all that the stream holds.
     */
    public Builder lookBack(Duration time) {
      this.lookBack = requirePositive(time, "lookBack");
      return this;
    }

    /** Where the issuer's keys are; by default where its metadata says. */
    public Builder jwkSetUri(String url) {
      this.jwkSetUri = URI.create(url);
      return this;
    }

    /**
     * The algorithms that the client's tokens may be signed with, such as {@code ES256}; by default
     * any that Keycloak has with a public key.
     */
    public Builder algorithms(String... names) {
      this.algorithms =
          Stream.of(names).map(JWSAlgorithm::parse).collect(Collectors.toUnmodifiableSet());
      if (algorithms.isEmpty() || algorithms.contains(JWSAlgorithm.parse("none"))) {
        throw new IllegalArgumentException("algorithms: must name some, and not none");
      }
      return this;
    }

    /**
     * The client's secret, where its tokens are signed with that: {@code HS256}, {@code HS384} or
     * {@code HS512}. No other algorithm is accepted then.
     */
    public Builder clientSecret(String secret) {
      this.clientSecret = requireText(secret, "clientSecret");
      return this;
    }

    /** By how much the clocks of the app and of Keycloak may differ; 60 seconds by default. */
    public Builder clockSkew(Duration most) {
      this.clockSkew = requirePositive(most, "clockSkew");
      return this;
    }

    /**
     * Believes whatever Redis says. Only where Keycloak's {@code logout-tokens} are off: whoever
     * can write to that Redis can then sign users out.
     */
    public Builder withoutVerification() {
      this.verify = false;
      return this;
    }

    /** What to do when a session has ended. */
    public Builder onSessionEnded(SessionEndedHandler sessionEndedHandler) {
      this.handler = sessionEndedHandler;
      return this;
    }

    /**
     * What to do about a gap, beside the log line: an app may then end sessions that it cannot be
     * sure of. Called on the subscription's thread.
     */
    public Builder onGap(Consumer<Gap> listener) {
      this.onGap = listener;
      return this;
    }

    /**
     * What to do with a message that the handler failed at every attempt, beside the log line; it
     * does not come again.
     */
    public Builder onSetAside(BiConsumer<SessionEnded, Exception> listener) {
      this.onSetAside = listener;
      return this;
    }

    /** How often the handler is called for a message before that is set aside; 5 by default. */
    public Builder attempts(int most) {
      if (most < 1) {
        throw new IllegalArgumentException("attempts=" + most + ": must be at least 1");
      }
      this.attempts = most;
      return this;
    }

    /** The pause after the first failure, which doubles with each; 200 ms by default. */
    public Builder retryAfter(Duration pause) {
      this.retryAfter = requirePositive(pause, "retryAfter");
      return this;
    }

    /**
     * How long an instance may be silent until another takes over what it had in hand, with {@link
     * #oneInstanceActs}; a minute by default, and longer than a handler ever takes.
     */
    public Builder takeOverAfter(Duration silence) {
      this.takeOverAfter = requirePositive(silence, "takeOverAfter");
      return this;
    }

    /**
     * How often to read the stream without being told to, should the channel fall silent unnoticed;
     * 2 seconds by default.
     */
    public Builder pollInterval(Duration interval) {
      this.pollInterval = requirePositive(interval, "pollInterval");
      return this;
    }

    /**
     * Starts to read.
     *
     * @throws IllegalArgumentException naming what is missing or contradicts the rest
     */
    public LogoutSubscription start() {
      require(redis, "redis");
      require(issuer, "issuer");
      requireText(clientId, "clientId");
      require(handler, "onSessionEnded");
      if (!everyInstance && group == null) {
        throw new IllegalArgumentException("choose everyInstanceHears or oneInstanceActs");
      }
      if (clientSecret != null && algorithms == null) {
        algorithms = Set.copyOf(JWSAlgorithm.Family.HMAC_SHA);
      }
      if (algorithms == null) {
        algorithms = ASYMMETRIC;
      }
      boolean onlyHmac = JWSAlgorithm.Family.HMAC_SHA.containsAll(algorithms);
      boolean anyHmac = algorithms.stream().anyMatch(JWSAlgorithm.Family.HMAC_SHA::contains);
      if (anyHmac != (clientSecret != null) || anyHmac != onlyHmac) {
        throw new IllegalArgumentException(
            "algorithms: HS256, HS384 and HS512 go with a clientSecret, and others without");
      }
      String realmName = realm != null ? realm : Realms.of(issuer);
      String stream = new LogoutNames(prefix).client(realmName, clientId);
      Tally tally = new Tally();
      StreamHistory history = new StreamHistory(gap -> tell(gap, stream, tally));
      Worker worker =
          new Worker(
              stream,
              realmName,
              inbox(stream, history),
              verifier(),
              handler,
              onSetAside,
              tally,
              new Worker.Settings(attempts, retryAfter, pollInterval));
      WakeUpChannel channel = new WakeUpChannel(redis, stream, new Waker(worker));
      Thread thread = new Thread(worker, "sso-logout " + stream);
      thread.setDaemon(true);
      thread.start();
      channel.open();
      return new LogoutSubscription(worker, channel, tally, thread);
    }

    private Inbox inbox(String stream, StreamHistory history) {
      if (group == null) {
        return new CursorInbox(redis, stream, history, lookBack == null ? LOOK_BACK : lookBack);
      }
      return new GroupInbox(
          redis, stream, group, consumer, history, lookBack, everyInstance ? null : takeOverAfter);
    }

    private LogoutTokenVerifier verifier() {
      return verify
          ? new LogoutTokenVerifier(
              issuer,
              clientId,
              algorithms,
              clientSecret,
              new IssuerKeys(issuer, jwkSetUri),
              clockSkew)
          : null;
    }

    private void tell(Gap gap, String stream, Tally tally) {
      tally.gap();
      LOG.warn(
          "Entries of {} before {} may be missing: {} was there before it, and {} is the last known",
          stream,
          gap.entry(),
          gap.previous(),
          gap.lastKnown());
      try {
        onGap.accept(gap);
      } catch (RuntimeException e) {
        LOG.error("The handler of gaps failed", e);
      }
    }

    private record Waker(Worker worker) implements WakeUpChannel.Listener {
      @Override
      public void subscribed() {
        worker.wake();
      }

      @Override
      public void published(String message) {
        worker.wake();
      }

      @Override
      public void lost() {
        // Reading shows how it stands with Redis, and has a client of a cluster ask anew which node
        // it is, which subscribing does not.
        worker.wake();
      }
    }

    private static void require(Object value, String name) {
      if (value == null) {
        throw new IllegalArgumentException(name + " is missing");
      }
    }

    private static String requireText(String value, String name) {
      if (value == null || value.isBlank()) {
        throw new IllegalArgumentException(name + " must not be empty");
      }
      return value;
    }

    private static Duration requirePositive(Duration value, String name) {
      Objects.requireNonNull(value, name);
      if (value.isNegative() || value.isZero()) {
        throw new IllegalArgumentException(name + "=" + value + ": must be more than zero");
      }
      return value;
    }
  }
}
