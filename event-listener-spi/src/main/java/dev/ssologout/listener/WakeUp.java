package dev.ssologout.listener;

import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.transaction.JtaTransactionManagerLookup;

/**
 * Calls after the commit of a transaction, once however much it has captured, and publishes a
 * {@link SessionsEndedEvent}.
 *
 * <p>By JTA and not by {@code enlistAfterCompletion}, which refuses in the prepare phase, where
 * Keycloak deletes session rows.
 */
final class WakeUp {
  private static final Logger LOG = Logger.getLogger(WakeUp.class);
  private static final int MOST_LISTED = 1_000;
  private static final String ASKED = WakeUp.class.getName();

  private final Consumer<Map<Reason, Integer>> call;

  /**
   * @param call gets how many ended sessions the transaction has captured
   */
  WakeUp(Consumer<Map<Reason, Integer>> call) {
    this.call = call;
  }

  /** The session's transaction has captured the message. */
  void afterCommitOf(KeycloakSession session, SessionEnded message) {
    AfterCommit afterCommit = register(session);
    if (afterCommit != null) {
      afterCommit.captured.merge(message.reason(), 1, Integer::sum);
      afterCommit.messages.add(message);
    }
  }

  /** The session's transaction has captured all of these. */
  void afterCommitOf(KeycloakSession session, Reason reason, PackedEnvelopes packed) {
    AfterCommit afterCommit = register(session);
    if (afterCommit != null) {
      int count = packed.sessions().size();
      afterCommit.captured.merge(reason, count, Integer::sum);
      if (afterCommit.messages.size() + count <= MOST_LISTED) {
        packed.unpack().forEach(envelope -> afterCommit.messages.add(envelope.message()));
      } else {
        afterCommit.realmsInBulk.add(packed.realm());
      }
    }
  }

  /** The session's transaction has put something else into the outbox. */
  void afterCommitOf(KeycloakSession session) {
    register(session);
  }

  private AfterCommit register(KeycloakSession session) {
    try {
      Transaction transaction =
          session
              .getProvider(JtaTransactionManagerLookup.class)
              .getTransactionManager()
              .getTransaction();
      if (transaction == null) {
        return null;
      }
      AfterCommit afterCommit = session.getAttribute(ASKED, AfterCommit.class);
      if (afterCommit == null || !afterCommit.transaction.equals(transaction)) {
        afterCommit = new AfterCommit(transaction, session.getKeycloakSessionFactory());
        transaction.registerSynchronization(afterCommit);
        session.setAttribute(ASKED, afterCommit);
      }
      return afterCommit;
    } catch (SystemException | RollbackException | IllegalStateException e) {
      LOG.debugf(e, "No wake-up after this transaction; the next scan finds its rows");
      return null;
    }
  }

  private final class AfterCommit implements Synchronization {
    private final Transaction transaction;
    private final KeycloakSessionFactory factory;
    private final Map<Reason, Integer> captured = new EnumMap<>(Reason.class);
    private final List<SessionEnded> messages = new ArrayList<>(1);
    private final Set<String> realmsInBulk = new HashSet<>(1);

    AfterCommit(Transaction transaction, KeycloakSessionFactory factory) {
      this.transaction = transaction;
      this.factory = factory;
    }

    @Override
    public void beforeCompletion() {}

    @Override
    public void afterCompletion(int status) {
      if (status == Status.STATUS_COMMITTED) {
        call.accept(captured);
        try {
          factory.publish(new SessionsEndedEvent(List.copyOf(messages), Set.copyOf(realmsInBulk)));
        } catch (RuntimeException e) {
          // Whoever it is for hears of the sessions by Redis too.
          LOG.warn("An extension failed to hear of ended sessions", e);
        }
      }
    }
  }
}
