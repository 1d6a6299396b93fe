package dev.ssologout.listener;

import dev.ssologout.message.SessionEnded;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.transaction.JtaTransactionManagerLookup;

/**
 * Calls after the commit of a transaction in which sessions ended, once however many there were,
 * and publishes a {@link SessionsEndedEvent}.
 *
 * <p>By JTA and not by {@code enlistAfterCompletion}, which refuses in the prepare phase, where
 * Keycloak deletes session rows.
 */
final class WakeUp {
  private static final Logger LOG = Logger.getLogger(WakeUp.class);
  private static final String ASKED = WakeUp.class.getName();

  private final Runnable call;

  WakeUp(Runnable call) {
    this.call = call;
  }

  /** The session of the message ends in the current transaction. */
  void afterCommitOf(KeycloakSession session, SessionEnded message) {
    AfterCommit afterCommit = afterCommitOf(session);
    if (afterCommit != null) {
      afterCommit.messages.add(message);
    }
  }

  /** More sessions of the realm than are worth listing end in the current transaction. */
  void afterCommitOf(KeycloakSession session, String realmInBulk) {
    AfterCommit afterCommit = afterCommitOf(session);
    if (afterCommit != null) {
      afterCommit.realmsInBulk.add(realmInBulk);
    }
  }

  private AfterCommit afterCommitOf(KeycloakSession session) {
    AfterCommit registered = session.getAttribute(ASKED, AfterCommit.class);
    if (registered != null) {
      return registered;
    }
    try {
      Transaction transaction =
          session
              .getProvider(JtaTransactionManagerLookup.class)
              .getTransactionManager()
              .getTransaction();
      if (transaction != null) {
        AfterCommit afterCommit = new AfterCommit(session.getKeycloakSessionFactory());
        transaction.registerSynchronization(afterCommit);
        session.setAttribute(ASKED, afterCommit);
        return afterCommit;
      }
    } catch (SystemException | RollbackException | IllegalStateException e) {
      LOG.debugf(e, "No wake-up after this transaction; the next scan finds its rows");
    }
    return null;
  }

  private final class AfterCommit implements Synchronization {
    private final KeycloakSessionFactory factory;
    private final List<SessionEnded> messages = new ArrayList<>(1);
    private final Set<String> realmsInBulk = new HashSet<>(1);

    AfterCommit(KeycloakSessionFactory factory) {
      this.factory = factory;
    }

    @Override
    public void beforeCompletion() {}

    @Override
    public void afterCompletion(int status) {
      if (status == Status.STATUS_COMMITTED) {
        call.run();
        try {
          factory.publish(new SessionsEndedEvent(List.copyOf(messages), Set.copyOf(realmsInBulk)));
        } catch (RuntimeException e) {
          // Others hear of it by Redis too.
          LOG.warn("An extension failed to hear of ended sessions", e);
        }
      }
    }
  }
}
