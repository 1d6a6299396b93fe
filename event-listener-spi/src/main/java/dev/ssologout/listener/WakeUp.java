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
import org.keycloak.provider.Provider;
import org.keycloak.transaction.JtaTransactionManagerLookup;

/**
 * Calls after a transaction that captured has committed, once however much it has, and publishes a
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
      afterCommit.captured.merge(reason, packed.size(), Integer::sum);
      afterCommit.add(packed);
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
        session.enlistForClose(afterCommit);
        session.setAttribute(ASKED, afterCommit);
      }
      return afterCommit;
    } catch (SystemException | RollbackException | IllegalStateException e) {
      LOG.debugf(e, "No wake-up after this transaction; the next scan finds its rows");
      return null;
    }
  }

  /**
   * Waits for the {@code KeycloakSession} to close too. Between the commit and that, Keycloak
   * brings its caches up to date, and the request would wait for a CPU that the relay has taken.
   */
  private final class AfterCommit implements Synchronization, Provider {
    private final Transaction transaction;
    private final KeycloakSessionFactory factory;
    private final Map<Reason, Integer> captured = new EnumMap<>(Reason.class);
    private final List<SessionEnded> messages = new ArrayList<>(1);
    private final List<PackedEnvelopes> packs = new ArrayList<>(0);
    private final Set<String> realmsInBulk = new HashSet<>(1);
    private boolean committed;

    AfterCommit(Transaction transaction, KeycloakSessionFactory factory) {
      this.transaction = transaction;
      this.factory = factory;
    }

    /** Listed one by one up to a number, beyond it by the realm alone. */
    void add(PackedEnvelopes packed) {
      if (realmsInBulk.contains(packed.realm())) {
        return;
      }
      packs.add(packed);
      if (packs.stream().mapToInt(PackedEnvelopes::size).sum() > MOST_LISTED) {
        packs.forEach(pack -> realmsInBulk.add(pack.realm()));
        packs.clear();
      }
    }

    @Override
    public void beforeCompletion() {}

    @Override
    public void afterCompletion(int status) {
      committed = status == Status.STATUS_COMMITTED;
    }

    @Override
    public void close() {
      if (committed) {
        call.accept(captured);
        packs.forEach(pack -> pack.unpack().forEach(envelope -> messages.add(envelope.message())));
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
