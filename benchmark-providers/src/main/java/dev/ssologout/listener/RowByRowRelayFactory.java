package dev.ssologout.listener;

import dev.ssologout.message.LogoutNames;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.keycloak.Config;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.events.outbox.OutboxBackoff;
import org.keycloak.events.outbox.OutboxConfig;
import org.keycloak.events.outbox.OutboxDeliveryHandler;
import org.keycloak.events.outbox.OutboxDeliveryResult;
import org.keycloak.events.outbox.OutboxDrainerTask;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.models.utils.PostMigrationEvent;
import redis.clients.jedis.RedisClient;

/**
 * {@code row-by-row}: the listener's outbox taken to Redis by Keycloak's own drainer, which is
 * given the listener's sender and run without a pause between two batches. In a Keycloak without
 * the bundle, whose relay would do the same work. Lies in the listener's package to have its
 * sender.
 *
 * <p>Options: {@code redis}, without which nothing happens, and {@code logout-tokens}.
 */
public class RowByRowRelayFactory implements EventListenerProviderFactory {
  private static final Logger LOG = Logger.getLogger(RowByRowRelayFactory.class);
  private static final int BATCH = 500;
  private static final long PAUSE_MILLIS = 20;

  private String redisUri;
  private boolean signing;
  private volatile boolean closed;

  @Override
  public String getId() {
    return "row-by-row";
  }

  @Override
  public void init(Config.Scope config) {
    redisUri = config.get("redis");
    signing = config.getBoolean("logoutTokens", true);
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {
    if (redisUri != null) {
      factory.register(
          event -> {
            if (event instanceof PostMigrationEvent) {
              Thread thread = new Thread(() -> drain(factory), "row-by-row");
              thread.setDaemon(true);
              thread.start();
            }
          });
    }
  }

  private void drain(KeycloakSessionFactory factory) {
    OutboxDrainerTask task =
        new OutboxDrainerTask(
            new OutboxConfig(
                Outbox.KIND,
                BATCH,
                new OutboxBackoff(10, List.of(Duration.ofSeconds(1))),
                Duration.ZERO,
                // It keeps what it has delivered until then.
                Duration.ofSeconds(1),
                Duration.ZERO),
            new Sender(RedisClient.create(redisUri), signing),
            Outbox::new);
    while (!closed) {
      try {
        boolean more =
            KeycloakModelUtils.runJobInTransactionWithResult(
                factory,
                session -> {
                  boolean due = !new Outbox(session).lockDueForDrain(Outbox.KIND, 1).isEmpty();
                  if (due) {
                    task.run(session);
                  }
                  return due;
                });
        if (!more) {
          Thread.sleep(PAUSE_MILLIS);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.error("The outbox was not drained", e);
      }
    }
  }

  /** One message at a time, as the drainer asks for it. */
  private static final class Sender implements OutboxDeliveryHandler {
    private final RedisClient redis;
    private final RedisPublisher publisher;
    private final LogoutTokens logoutTokens;

    Sender(RedisClient redis, boolean signing) {
      Duration retention = Duration.ofDays(7);
      this.redis = redis;
      this.publisher =
          new RedisPublisher(
              new RedisPublisher.Settings(
                  new LogoutNames(LogoutNames.DEFAULT_PREFIX), retention, 1_000_000, 0));
      this.logoutTokens = new LogoutTokens(signing, retention);
    }

    @Override
    public String entryKind() {
      return Outbox.KIND;
    }

    @Override
    public OutboxDeliveryResult deliver(KeycloakSession session, OutboxEntryEntity row) {
      try {
        List<LogoutTokens.Waiting> waiting =
            Outbox.read(row).stream()
                .map(envelope -> new LogoutTokens.Waiting(row.getRealmId(), envelope))
                .toList();
        String error =
            publisher.publish(redis, logoutTokens.address(session, waiting)).stream()
                .map(RedisPublisher.Outcome::error)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        return error == null ? OutboxDeliveryResult.delivered() : OutboxDeliveryResult.retry(error);
      } catch (Outbox.UnreadableRowException e) {
        return OutboxDeliveryResult.deadLetter(e.getMessage());
      }
    }
  }

  @Override
  public EventListenerProvider create(KeycloakSession session) {
    throw new UnsupportedOperationException("not a listener of a realm");
  }

  @Override
  public void close() {
    closed = true;
  }
}
