package dev.ssologout.relyingparty.spring;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this instance holds open for users who are signed in: WebSockets and streams. */
final class OpenConnections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenConnections.class);

  private final Map<String, Set<Open>> bySid = new ConcurrentHashMap<>();
  // A client that does not read can make closing wait.
  private final ExecutorService closing =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "sso-logout closes connections");
            thread.setDaemon(true);
            return thread;
          });

  /** Ends a connection. */
  @FunctionalInterface
  interface Closer {
    void close() throws Exception;
  }

  private record Open(SignedIn signedIn, Object connection, Closer closer) {}

  /**
   * @param connection by which {@link #remove} finds it
   */
  void add(SignedIn signedIn, Object connection, Closer closer) {
    bySid.compute(
        signedIn.sid(),
        (sid, open) -> {
          Set<Open> all = open == null ? ConcurrentHashMap.newKeySet() : open;
          all.add(new Open(signedIn, connection, closer));
          return all;
        });
  }

  void remove(SignedIn signedIn, Object connection) {
    bySid.computeIfPresent(
        signedIn.sid(),
        (sid, open) -> {
          open.removeIf(each -> each.connection() == connection);
          return open.isEmpty() ? null : open;
        });
  }

  /** Closes what is open for an SSO session that has ended. */
  void endSession(String sid, long endedAt) {
    end(List.copyOf(bySid.getOrDefault(sid, Set.of())), endedAt);
  }

  /** Closes what is open for a user whose SSO sessions have all ended. */
  void endUser(String sub, long endedAt) {
    Predicate<Open> isOfUser = open -> open.signedIn().sub().equals(sub);
    end(bySid.values().stream().flatMap(Set::stream).filter(isOfUser).toList(), endedAt);
  }

  private void end(List<Open> all, long endedAt) {
    for (Open open : all) {
      if (open.signedIn().isEndedBy(endedAt)) {
        closing.execute(() -> close(open));
      }
    }
  }

  private void close(Open open) {
    try {
      open.closer().close();
    } catch (Exception e) {
      LOG.debug("A connection was closed before", e);
    }
    remove(open.signedIn(), open.connection());
  }

  @Override
  public void close() {
    closing.shutdown();
  }
}
