package dev.ssologout.listener;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.redis.ProviderOptions;
import dev.ssologout.redis.RedisConnectionProvider;
import java.time.Duration;
import java.util.List;
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
  private static final String SCAN_INTERVAL = "scanInterval";
  private static final String BATCH_SIZE = "batchSize";
  private static final String LOGOUT_TOKENS = "logoutTokens";

  private final SessionEndCapture capture = new SessionEndCapture(this::wakeRelay);
  private Relay.Settings settings;
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
        .name(SCAN_INTERVAL)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How often to look for messages that another node left behind, in milliseconds (100 to"
                + " 3600000). What this node captures is sent at once.")
        .defaultValue(10_000)
        .add()
        .property()
        .name(BATCH_SIZE)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("The most messages that go to Redis in one pipeline (1 to 10000).")
        .defaultValue(500)
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
    settings =
        new Relay.Settings(
            names(options),
            options.seconds(STREAM_RETENTION, 60, 31_536_000),
            options.millis(SCAN_INTERVAL, 100, 3_600_000),
            options.number(BATCH_SIZE, 1, 10_000),
            options.flag(LOGOUT_TOKENS));
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {
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
    }
  }

  SessionEndCapture capture() {
    return capture;
  }

  private synchronized void startRelay(KeycloakSessionFactory factory) {
    if (relay == null) {
      warnIfBlind(factory);
      relay = new Relay(factory, redis(factory), settings);
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

  private void wakeRelay() {
    Relay running = relay;
    if (running != null) {
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
}
