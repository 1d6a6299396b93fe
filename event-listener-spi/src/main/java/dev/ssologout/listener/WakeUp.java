package dev.ssologout.listener;

import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.transaction.JtaTransactionManagerLookup;

/**
 * Calls after the commit of a transaction, once however often it is asked.
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

  void afterCommitOf(KeycloakSession session) {
    if (session.getAttribute(ASKED) != null) {
      return;
    }
    try {
      Transaction transaction =
          session
              .getProvider(JtaTransactionManagerLookup.class)
              .getTransactionManager()
              .getTransaction();
      if (transaction != null) {
        transaction.registerSynchronization(new AfterCommit());
        session.setAttribute(ASKED, true);
      }
    } catch (SystemException | RollbackException | IllegalStateException e) {
      LOG.debugf(e, "No wake-up after this transaction; the next scan finds its rows");
    }
  }

  private final class AfterCommit implements Synchronization {
    @Override
    public void beforeCompletion() {}

    @Override
    public void afterCompletion(int status) {
      if (status == Status.STATUS_COMMITTED) {
        call.run();
      }
    }
  }
}
