package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Sessions of alice at {@code shop} that begin and end, one after the other on each of a few
 * threads, until told otherwise; keeps account of them.
 */
final class Load {
  static final int THREADS = 4;

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(50);

  private final TestRealm realm;
  private final boolean throughFailures;
  private final ExecutorService executor = Executors.newFixedThreadPool(THREADS);
  private final List<Future<?>> threads = new ArrayList<>();
  private final Set<String> ended = ConcurrentHashMap.newKeySet();
  private final Set<String> uncertain = ConcurrentHashMap.newKeySet();
  private final Collection<Long> millis = new ConcurrentLinkedQueue<>();
  private volatile boolean ending;

  private Load(TestRealm realm, boolean throughFailures) {
    this.realm = realm;
    this.throughFailures = throughFailures;
    for (int i = 0; i < THREADS; i++) {
      threads.add(executor.submit(this::run));
    }
    executor.shutdown();
  }

  /** Begins; no request may fail. */
  static Load start(TestRealm realm) {
    return new Load(realm, false);
  }

  /** Begins; Keycloak may be away for a while, or fail. */
  static Load startThroughFailures(TestRealm realm) {
    return new Load(realm, true);
  }

  /** Waits until so many more sessions have ended. */
  void awaitMore(int count) {
    int before = ended.size();
    await("logouts")
        .atMost(PATIENCE)
        .until(() -> threads.stream().anyMatch(Future::isDone) || ended.size() >= before + count);
  }

  /**
   * Says how long it took to sign in and out since the last call, and forgets it.
   *
   * @param when for the reader
   */
  String pace(String when) {
    List<Long> sorted = millis.stream().sorted().toList();
    millis.clear();
    return sorted.isEmpty()
        ? when + ": nothing"
        : "%s: %d sessions, in and out in %d ms (median), %d ms (99 %%), %d ms (longest)"
            .formatted(
                when,
                sorted.size(),
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 99 / 100),
                sorted.get(sorted.size() - 1));
  }

  /**
   * Ends it.
   *
   * @return the sids of the sessions whose end Keycloak has confirmed
   * @throws AssertionError if a request failed in a way that it may not
   */
  Set<String> end() {
    ending = true;
    for (Future<?> thread : threads) {
      try {
        thread.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      } catch (ExecutionException e) {
        throw new AssertionError("a request failed", e.getCause());
      }
    }
    return ended;
  }

  /**
   * Ends it, waits until nothing is left to be sent, and reads from the database what became of the
   * sessions whose logout was never answered.
   *
   * @return the sids of all sessions that have ended
   */
  Set<String> end(Database database) {
    Set<String> all = new HashSet<>(end());
    await("sent").atMost(PATIENCE).until(() -> database.waiting().isEmpty());
    Set<String> alive = database.sessions(realm);
    assertThat(alive).doesNotContainAnyElementsOf(all);
    uncertain.stream().filter(sid -> !alive.contains(sid)).forEach(all::add);
    System.out.printf(
        "%d logouts answered; %d not, of which %d ended the session%n",
        ended.size(), uncertain.size(), all.size() - ended.size());
    return all;
  }

  private void run() {
    UserAgent agent = realm.userAgent();
    while (!ending) {
      long start = System.nanoTime();
      Login login = signIn(agent);
      if (login != null && signOut(login)) {
        millis.add(Duration.ofNanos(System.nanoTime() - start).toMillis());
      }
    }
  }

  private Login signIn(UserAgent agent) {
    try {
      HttpResponse<String> answer = agent.askForTokens("alice", "shop", "openid");
      if (!failed(answer)) {
        return agent.login("shop", answer);
      }
    } catch (UncheckedIOException e) {
      excuse(e);
    }
    return null;
  }

  private boolean signOut(Login login) {
    uncertain.add(login.sid());
    try {
      HttpResponse<String> answer = login.logoutByRefreshToken();
      if (!failed(answer)) {
        UserAgent.expect(answer, 204);
        ended.add(login.sid());
        uncertain.remove(login.sid());
        return true;
      }
    } catch (UncheckedIOException e) {
      excuse(e);
    }
    return false;
  }

  private boolean failed(HttpResponse<String> answer) {
    if (throughFailures && answer.statusCode() >= 500) {
      LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
      return true;
    }
    return false;
  }

  private void excuse(UncheckedIOException e) {
    if (!throughFailures) {
      throw e;
    }
    LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
  }
}
