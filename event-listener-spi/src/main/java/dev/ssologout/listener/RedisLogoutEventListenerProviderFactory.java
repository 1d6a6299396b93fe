package dev.ssologout.listener;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.Reason;
import dev.ssologout.redis.ProviderOptions;
import dev.ssologout.redis.RedisConnectionProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;
import org.keycloak.Config;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.session.UserSessionPersisterProvider;
import org.keycloak.models.utils.PostMigrationEvent;
import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;
import org.keycloak.provider.ProviderFactory;

/**
 * The event listener {@value #ID}. A realm that names it in its event listeners has every end of an
 * SSO session sent to Redis; a realm that does not is left alone.
 */
public class RedisLogoutEventListenerProviderFactory implements EventListenerProviderFactory {
  public static final String ID = "redis-logout";

  private static final Logger LOG = Logger.getLogger(RedisLogoutEventListenerProviderFactory.class);

  private static final String SPI = "events-listener";
  private static final String PREFIX = "prefix";
  private static final String STREAM_RETENTION = "streamRetention";
  private static final String STREAM_MAX_LENGTH = "streamMaxLength";
  private static final String MIN_REPLICAS = "minReplicas";
  private static final String SCAN_INTERVAL = "scanInterval";
  private static final String BATCH_SIZE = "batchSize";
  private static final String MAX_ATTEMPTS = "maxAttempts";
  private static final String DEAD_LETTER_RETENTION = "deadLetterRetention";
  private static final String SHUTDOWN_TIMEOUT = "shutdownTimeout";
  private static final String LOGOUT_TOKENS = "logoutTokens";

  private final SessionEndCapture capture = new SessionEndCapture(this::captured);
  private RedisPublisher.Settings publisherSettings;
  private Delivery.Settings deliverySettings;
  private Relay.Settings relaySettings;
  private LogoutTokens logoutTokens;
  private LogoutMetrics metrics;
  private Replay replay;
  private String redisLocation;
  private volatile Relay relay;

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public List<ProviderConfigProperty> getConfigMetadata() {
    return ProviderConfigurationBuilder.create()
        .property()
        .name(PREFIX)
        .type(ProviderConfigProperty.STRING_TYPE)
        .helpText("What every Redis key and channel begins with.")
        .defaultValue(LogoutNames.DEFAULT_PREFIX)
        .add()
        .property()
        .name(STREAM_RETENTION)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("How long a message stays in the streams, in seconds (60 to 31536000).")
        .defaultValue((int) Duration.ofDays(7).toSeconds())
        .add()
        .property()
        .name(STREAM_MAX_LENGTH)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "About how many messages a stream holds at the most; older ones make way before their"
                + " time (1000 to 2000000000, or 0 for any number).")
        .defaultValue(1_000_000)
        .add()
        .property()
        .name(MIN_REPLICAS)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How many replicas must have a message before Keycloak's database lets go of it, so"
                + " that a fail-over of Redis loses none (0 to 100).")
        .defaultValue(0)
        .add()
        .property()
        .name(SCAN_INTERVAL)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How often to look for messages that another node left behind, and after Redis while"
                + " there are none, in milliseconds (100 to 3600000). What this node captures is"
                + " sent at once.")
        .defaultValue(10_000)
        .add()
        .property()
        .name(BATCH_SIZE)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("The most messages that go to Redis in one pipeline (1 to 10000).")
        .defaultValue(500)
        .add()
        .property()
        .name(MAX_ATTEMPTS)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "After how many tries a message that Redis refuses while it takes others is set aside"
                + " as a dead letter (1 to 1000). The pauses grow to an hour, so that the default"
                + " is about a day. A Redis that is away or takes nothing counts as no try.")
        .defaultValue(30)
        .add()
        .property()
        .name(DEAD_LETTER_RETENTION)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How long dead letters are kept, in seconds from the end of their session (60 to"
                + " 315360000).")
        .defaultValue((int) Duration.ofDays(30).toSeconds())
        .add()
        .property()
        .name(SHUTDOWN_TIMEOUT)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How long a node that stops goes on sending what waits, in milliseconds (0 to 300000)."
                + " What is left waits in the database.")
        .defaultValue(10_000)
        .add()
        .property()
        .name(LOGOUT_TOKENS)
        .type(ProviderConfigProperty.BOOLEAN_TYPE)
        .helpText(
            "Whether each client's message carries a logout token, signed with the realm's key, so"
                + " that a relying party need not trust Redis.")
        .defaultValue(true)
        .add()
        .build();
  }

  @Override
  public void init(Config.Scope config) {
    ProviderOptions options = new ProviderOptions(SPI, ID, config, getConfigMetadata());
    Duration scanInterval = options.millis(SCAN_INTERVAL, 100, 3_600_000);
    publisherSettings =
        new RedisPublisher.Settings(
            names(options),
            options.seconds(STREAM_RETENTION, 60, 31_536_000),
            maxLength(options),
            options.number(MIN_REPLICAS, 0, 100));
    deliverySettings =
        new Delivery.Settings(
            options.number(BATCH_SIZE, 1, 10_000),
            options.number(MAX_ATTEMPTS, 1, 1000),
            scanInterval);
    relaySettings =
        new Relay.Settings(
            scanInterval,
            options.millis(SHUTDOWN_TIMEOUT, 0, 300_000),
            options.seconds(DEAD_LETTER_RETENTION, 60, 315_360_000));
    logoutTokens = new LogoutTokens(options.flag(LOGOUT_TOKENS), publisherSettings.retention());
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {
    // Of the bundle's manifest, as the bundle's version is everybody's.
    LOG.infof("Keycloak SSO Logout %s", getClass().getPackage().getImplementationVersion());
    // After the migration only, the tables are there.
    factory.register(
        event -> {
          if (event instanceof PostMigrationEvent) {
            startRelay(factory);
          } else if (event instanceof ClientModel.ClientRemovedEvent removed
              && persister(removed.getKeycloakSession())
                  instanceof CapturingUserSessionPersisterProvider persister) {
            persister.clientIsRemoved(removed.getClient());
          }
        });
  }

  @Override
  public EventListenerProvider create(KeycloakSession session) {
    return new RedisLogoutEventListenerProvider(session, capture);
  }

  @Override
  public Set<Class<? extends Provider>> dependsOn() {
    return Set.of(JpaConnectionProvider.class, RedisConnectionProvider.class);
  }

  @Override
  public void close() {
    if (relay != null) {
      relay.close();
      metrics.close();
    }
  }

  /** The one of this node. */
  static RedisLogoutEventListenerProviderFactory of(KeycloakSessionFactory factory) {
    return (RedisLogoutEventListenerProviderFactory)
        factory.getProviderFactory(EventListenerProvider.class, ID);
  }

  SessionEndCapture capture() {
    return capture;
  }

  /** {@code null} until the database is ready. */
  Relay relay() {
    return relay;
  }

  Replay replay() {
    return replay;
  }

  String redisLocation() {
    return redisLocation;
  }

  /** Has the relay look at the outbox once the session's transaction is committed. */
  void wakeAfterCommitOf(KeycloakSession session) {
    capture.wakeAfterCommitOf(session);
  }

  private synchronized void startRelay(KeycloakSessionFactory factory) {
    if (relay == null) {
      warnIfBlind(factory);
      RedisConnectionProvider redis = redis(factory);
      metrics = new LogoutMetrics(() -> relay.state().open());
      redisLocation = redis.location();
      RedisPublisher publisher = new RedisPublisher(publisherSettings);
      replay = new Replay(redis::client, publisher, logoutTokens);
      relay =
          new Relay(
              factory,
              redis,
              relaySettings,
              new Delivery(redis::client, deliverySettings, publisher, logoutTokens),
              metrics);
      relay.start();
    }
  }

  private static UserSessionPersisterProvider persister(KeycloakSession session) {
    return session.getProvider(UserSessionPersisterProvider.class);
  }

  /** Another extension may have taken the place in which we see sessions end. */
  private static void warnIfBlind(KeycloakSessionFactory factory) {
    ProviderFactory<?> persister = factory.getProviderFactory(UserSessionPersisterProvider.class);
    if (!(persister instanceof CapturingUserSessionPersisterProviderFactory)) {
      LOG.warnf(
          "Ended sessions are not captured: the provider of the SPI user-session-persister is %s"
              + " (%s) and not %s",
          persister.getId(),
          persister.getClass().getName(),
          CapturingUserSessionPersisterProviderFactory.ID);
    }
  }

  private static RedisConnectionProvider redis(KeycloakSessionFactory factory) {
    try (KeycloakSession session = factory.create()) {
      // The node's, not the session's: it outlives this block.
      return session.getProvider(RedisConnectionProvider.class);
    }
  }

  private void captured(Map<Reason, Integer> counts) {
    Relay running = relay;
    if (running != null) {
      counts.forEach(metrics::captured);
      running.wake();
    }
  }

  private static LogoutNames names(ProviderOptions options) {
    String prefix = options.text(PREFIX);
    try {
      return new LogoutNames(prefix);
    } catch (IllegalArgumentException e) {
      throw options.invalid(PREFIX, prefix, e.getMessage());
    }
  }

  /** A stream is trimmed by whole nodes of about a hundred entries. */
  private static int maxLength(ProviderOptions options) {
    int maxLength = options.number(STREAM_MAX_LENGTH, 0, 2_000_000_000);
    if (maxLength > 0 && maxLength < 1000) {
      throw options.invalid(
          STREAM_MAX_LENGTH,
          Integer.toString(maxLength),
          "must be a whole number from 1000 to 2000000000, or 0");
    }
    return maxLength;
  }
}
