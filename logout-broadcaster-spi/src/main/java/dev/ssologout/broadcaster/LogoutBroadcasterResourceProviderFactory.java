package dev.ssologout.broadcaster;

import dev.ssologout.listener.SessionsEndedEvent;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.redis.ProviderOptions;
import dev.ssologout.redis.RedisConnectionProvider;
import dev.ssologout.rest.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.utils.PostMigrationEvent;
import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;
import org.keycloak.services.resource.RealmResourceProvider;
import org.keycloak.services.resource.RealmResourceProviderFactory;

/** The realm resource {@value #ID}, which tells browsers that their session has ended. */
public class LogoutBroadcasterResourceProviderFactory implements RealmResourceProviderFactory {
  public static final String ID = "logout-broadcaster";

  private static final String SPI = "realm-restapi-extension";
  private static final String MAX_STREAMS_PER_SESSION = "maxStreamsPerSession";
  private static final String MAX_STREAMS_PER_USER = "maxStreamsPerUser";
  private static final String MAX_STREAMS_PER_IP = "maxStreamsPerIp";
  private static final String MAX_STREAMS_PER_NODE = "maxStreamsPerNode";
  private static final String CONNECTS_PER_MINUTE = "connectsPerMinute";
  private static final String HEARTBEAT = "heartbeat";
  private static final String STREAM_LIFETIME = "streamLifetime";
  private static final String TICKET_LIFETIME = "ticketLifetime";
  private static final String RECHECK_INTERVAL = "recheckInterval";
  private static final String RETURN_SPREAD = "returnSpread";
  private static final int MOST = 1_000_000;

  private Broadcaster.Settings settings;
  private Tickets tickets;
  private RateLimiter connects;
  private volatile Broadcaster broadcaster;

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public List<ProviderConfigProperty> getConfigMetadata() {
    return ProviderConfigurationBuilder.create()
        .property()
        .name(MAX_STREAMS_PER_SESSION)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "The most streams of one session on a node (1 to 1000000). A browser holds one for each"
                + " origin that it has the session on.")
        .defaultValue(64)
        .add()
        .property()
        .name(MAX_STREAMS_PER_USER)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("The most streams of one user on a node (1 to 1000000).")
        .defaultValue(256)
        .add()
        .property()
        .name(MAX_STREAMS_PER_IP)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "The most streams from one IPv4 address or IPv6 network of 64 bits on a node (1 to"
                + " 1000000). An office may come from a single one.")
        .defaultValue(2000)
        .add()
        .property()
        .name(MAX_STREAMS_PER_NODE)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("The most streams on a node (1 to 1000000).")
        .defaultValue(20_000)
        .add()
        .property()
        .name(CONNECTS_PER_MINUTE)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How often one IPv4 address or IPv6 network of 64 bits may ask for streams and tickets"
                + " of a realm in a minute, on all nodes together (1 to 1000000).")
        .defaultValue(1200)
        .add()
        .property()
        .name(HEARTBEAT)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How often a stream shows a sign of life, in seconds (1 to 300). Less than the shortest"
                + " time that a proxy keeps a silent connection.")
        .defaultValue(20)
        .add()
        .property()
        .name(STREAM_LIFETIME)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How old a stream may become, in seconds (10 to 86400). Its browser then connects"
                + " again; one that has gone without a word does not.")
        .defaultValue(3600)
        .add()
        .property()
        .name(TICKET_LIFETIME)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText("How long a ticket can be used, in seconds (5 to 300).")
        .defaultValue(30)
        .add()
        .property()
        .name(RECHECK_INTERVAL)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "How often the sessions of the node's streams are looked up while Redis is not heard, in"
                + " seconds (1 to 3600).")
        .defaultValue(10)
        .add()
        .property()
        .name(RETURN_SPREAD)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "Over how many seconds browsers spread their return when a node stops (1 to 300).")
        .defaultValue(5)
        .add()
        .build();
  }

  @Override
  public void init(Config.Scope config) {
    ProviderOptions options = new ProviderOptions(SPI, ID, config, getConfigMetadata());
    settings =
        new Broadcaster.Settings(
            new LogoutStreams.Settings(
                options.number(MAX_STREAMS_PER_SESSION, 1, MOST),
                options.number(MAX_STREAMS_PER_USER, 1, MOST),
                options.number(MAX_STREAMS_PER_IP, 1, MOST),
                options.number(MAX_STREAMS_PER_NODE, 1, MOST),
                options.seconds(HEARTBEAT, 1, 300),
                options.seconds(STREAM_LIFETIME, 10, 86_400),
                options.seconds(RETURN_SPREAD, 1, 300)),
            options.seconds(RECHECK_INTERVAL, 1, 3600));
    tickets = new Tickets(options.seconds(TICKET_LIFETIME, 5, 300));
    connects =
        new RateLimiter(
            "stream-connects", options.number(CONNECTS_PER_MINUTE, 1, MOST), Duration.ofMinutes(1));
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {
    factory.register(
        event -> {
          if (event instanceof PostMigrationEvent) {
            start(factory);
          } else if (event instanceof SessionsEndedEvent ended && broadcaster != null) {
            broadcaster.ended(ended);
          }
        });
  }

  @Override
  public RealmResourceProvider create(KeycloakSession session) {
    return new RealmResourceProvider() {
      @Override
      public Object getResource() {
        return new LogoutBroadcasterResource(session, broadcaster, tickets, connects);
      }

      @Override
      public void close() {}
    };
  }

  /**
   * What this node has heard of a session's end. It remembers the last ends only, and of other
   * nodes' those of realms that it has streams of.
   *
   * @param realm the realm's name
   * @param sid of an online session
   * @return empty where it has heard nothing, which does not say that the session lives
   */
  public Optional<SessionEnded> heard(String realm, String sid) {
    return Optional.ofNullable(broadcaster)
        .map(node -> node.streams().recent(new Watch.Session(realm, sid, false)));
  }

  @Override
  public Set<Class<? extends Provider>> dependsOn() {
    return Set.of(RedisConnectionProvider.class);
  }

  @Override
  public void close() {
    if (broadcaster != null) {
      broadcaster.close();
    }
  }

  private synchronized void start(KeycloakSessionFactory factory) {
    if (broadcaster == null) {
      try (KeycloakSession session = factory.create()) {
        // The node's, not the session's: it outlives this block.
        RedisConnectionProvider redis = session.getProvider(RedisConnectionProvider.class);
        broadcaster = new Broadcaster(factory, redis, settings);
      }
      broadcaster.start();
    }
  }
}
