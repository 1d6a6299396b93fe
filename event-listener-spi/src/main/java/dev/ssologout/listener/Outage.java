package dev.ssologout.listener;

import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What keeps messages from leaving, in words: once for each cause and not once for each try, and
 * once when it is over. Of the relay's thread, but for {@link #state()}.
 */
final class Outage {
  private static final Logger LOG = Logger.getLogger(Relay.class);
  private static final int MOST_CAUSES = 20;

  private final String location;
  private final Set<String> told = new HashSet<>();
  // Until Redis has answered once it counts as away.
  private volatile State state;

  /**
   * @param open whether messages can leave
   * @param since when that began
   * @param cause why not; {@code null} where they can, and before the first try
   */
  record State(boolean open, Instant since, String cause) {}

  /**
   * @param location of Redis
   */
  Outage(String location) {
    this.location = location;
    this.state = new State(false, Instant.now(), null);
  }

  State state() {
    return state;
  }

  /**
   * Messages leave.
   *
   * @param waiting counts the rows that still wait
   */
  void isOver(LongSupplier waiting) {
    State before = state;
    if (before.open()) {
      return;
    }
    if (told.isEmpty()) {
      LOG.infof("Ended sessions go to Redis at %s", location);
    } else {
      LOG.infof(
          "Ended sessions go to Redis at %s again, after %d s; %d rows wait",
          location,
          Duration.between(before.since(), Instant.now()).toSeconds(),
          waiting.getAsLong());
    }
    state = new State(true, Instant.now(), null);
    told.clear();
  }

  /** A try has failed. */
  void goesOn(Throwable e) {
    String cause = rootMessage(e);
    state = new State(false, state.open() ? Instant.now() : state.since(), cause);
    boolean isNews = told.size() < MOST_CAUSES && told.add(cause);
    if (!isNews) {
      LOG.debugf(e, "Still so: %s", cause);
    } else if (e instanceof JedisException) {
      LOG.warnf(
          "Ended sessions do not reach Redis at %s (%s). They wait in the database and are sent"
              + " once it takes them.",
          location, cause);
    } else if (isOfDatabase(e)) {
      LOG.warnf(
          "Ended sessions cannot be read from Keycloak's database (%s). They wait there and are"
              + " sent once it answers.",
          cause);
    } else {
      LOG.errorf(e, "Ended sessions are not sent, and wait in the database");
    }
  }

  private static boolean isOfDatabase(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException || cause instanceof PersistenceException) {
        return true;
      }
      for (Throwable suppressed : cause.getSuppressed()) {
        if (isOfDatabase(suppressed)) {
          return true;
        }
      }
    }
    return false;
  }

  static String rootMessage(Throwable e) {
    Throwable root = root(e);
    if (root instanceof JedisException && root.getSuppressed().length > 0) {
      // Jedis tried several addresses or nodes and says only here what came of it.
      root = root(root.getSuppressed()[0]);
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private static Throwable root(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
