package dev.ssologout.broadcaster;

import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.keycloak.cluster.ClusterEvent;
import org.keycloak.cluster.ClusterProvider;
import org.keycloak.keys.infinispan.PublicKeyStorageInvalidationEvent;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/**
 * Tells the other nodes of ended sessions by Keycloak's own cluster messages, where Redis does not.
 *
 * <p>What can travel in them is a closed list of Keycloak's own classes. {@link
 * PublicKeyStorageInvalidationEvent} is the one that carries a single text; it means nothing more
 * than that under a task key of our own.
 */
final class ClusterNotices {
  private static final Logger LOG = Logger.getLogger(ClusterNotices.class);
  private static final String TASK = "sso-logout-broadcaster";

  private final KeycloakSessionFactory factory;

  ClusterNotices(KeycloakSessionFactory factory) {
    this.factory = factory;
  }

  /** Has what other nodes send told. */
  void listen(Consumer<SessionEnded> onMessage) {
    try (KeycloakSession session = factory.create()) {
      session
          .getProvider(ClusterProvider.class)
          .registerListener(
              TASK,
              event -> {
                if (event instanceof PublicKeyStorageInvalidationEvent notice) {
                  try {
                    onMessage.accept(SessionEndedCodec.decode(notice.getCacheKey()));
                  } catch (MalformedMessageException e) {
                    LOG.warnf("Another node sent what is no message: %s", e.getMessage());
                  }
                }
              });
    }
  }

  /** Sends the messages to all other nodes. */
  void send(Collection<SessionEnded> messages) {
    List<ClusterEvent> notices =
        messages.stream()
            .map(SessionEndedCodec::encode)
            .<ClusterEvent>map(PublicKeyStorageInvalidationEvent::create)
            .toList();
    try (KeycloakSession session = factory.create()) {
      session.getProvider(ClusterProvider.class).notify(TASK, notices, true);
    }
    LOG.debugf("Told the other nodes of %d ended sessions", notices.size());
  }
}
