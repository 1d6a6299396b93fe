package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Many sessions that end at once. What it costs is printed beside the same without the listener;
 * {@code -DargLine="-Dtestsuite.many=10000"} for more than the suite has time for.
 */
@IntegrationTest
class LargeRealmTest {
  private static final int MANY = Integer.getInteger("testsuite.many", 2_000);

  @Test
  void tellsOfEachSessionOfAUser(Stack stack) throws Exception {
    endsEach(
        stack,
        MANY / 10,
        realm -> realm.admin().users().get(realm.userId("alice")).logout(),
        Reason.ADMIN_LOGOUT);
  }

  @Test
  void tellsOfEachSessionOfARealm(Stack stack) throws Exception {
    endsEach(stack, MANY, realm -> realm.admin().logoutAll(), Reason.LOGOUT_ALL);
  }

  private interface End {
    void of(TestRealm realm);
  }

  /** The same in a realm without the listener, in turn, tells what the listener costs. */
  private static void endsEach(Stack stack, int count, End end, Reason reason) throws Exception {
    try (TestRealm watched = stack.createRealm(TestRealm::makeCheap);
        TestRealm unwatched =
            stack.createRealm(
                settings -> {
                  TestRealm.makeCheap(settings);
                  settings.getEventsListeners().remove(TestRealm.LISTENER);
                })) {
      Set<String> sids = signIn(watched, count);
      signIn(unwatched, count);

      Duration without = time(() -> end.of(unwatched));
      Duration with = time(() -> end.of(watched));
      System.out.printf(
          "%s, %d sessions: %d ms without the listener, %d ms with it%n",
          reason, count, without.toMillis(), with.toMillis());

      List<SessionEnded> messages = watched.messages().awaitExactly(count);
      assertThat(messages.stream().map(SessionEnded::sid).collect(Collectors.toSet()))
          .isEqualTo(sids);
      assertThat(messages)
          .allSatisfy(
              message -> {
                assertThat(message.reason()).isEqualTo(reason);
                assertThat(message.clients()).containsExactly("shop");
                assertThat(message.source()).isEqualTo(watched.issuer());
              });
    }
  }

  private static Duration time(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /**
   * @return the sids
   */
  private static Set<String> signIn(TestRealm realm, int count) throws Exception {
    Set<String> sids = ConcurrentHashMap.newKeySet();
    int threads = 4;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        UserAgent agent = realm.userAgent();
        running.add(
            executor.submit(
                () -> {
                  for (int i = 0; i < count / threads; i++) {
                    sids.add(agent.passwordGrant("alice", "shop", "openid").sid());
                  }
                }));
      }
      for (Future<?> future : running) {
        future.get();
      }
    } finally {
      executor.shutdownNow();
    }
    return sids;
  }
}
