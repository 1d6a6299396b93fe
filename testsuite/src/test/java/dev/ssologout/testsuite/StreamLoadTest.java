package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Thousands of streams on one node cost it memory and nothing else. */
@Tag("faults")
class StreamLoadTest {
  private static final String PREFIX = "--spi-realm-restapi-extension--logout-broadcaster--";
  private static final int STREAMS = 2_000;
  private static final int SESSIONS = 100;
  private static final int LOGINS = 30;

  @Test
  void holdsTwoThousandStreams() throws Exception {
    try (Stack stack =
            Stack.start(
                PREFIX + "connects-per-minute=1000000",
                PREFIX + "max-streams-per-user=" + STREAMS,
                PREFIX + "max-streams-per-ip=" + STREAMS,
                PREFIX + "heartbeat=5");
        TestRealm realm = stack.createRealm()) {
      double[] alone = logins(realm);
      long heapAlone = heapAfterCollection(stack);
      double threadsAlone = workerThreads(stack);

      List<Login> sessions = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        sessions.add(realm.signIn("alice", "shop"));
      }
      List<EventStream> streams = open(realm, sessions);
      try {
        assertThat(Metrics.of(stack).value("sso_logout_streams_open")).isEqualTo(STREAMS);
        // Two rounds of signs of life have been written meanwhile.
        await("signs of life")
            .atMost(Duration.ofMinutes(1))
            .until(() -> streams.stream().allMatch(stream -> stream.beats() >= 2));
        assertThat(Metrics.of(stack).value("agroal_active_count{datasource=\"default\"}"))
            .as("database connections in use")
            .isZero();
        assertThat(workerThreads(stack)).as("busy worker threads").isLessThanOrEqualTo(2);
        long heap = heapAfterCollection(stack);
        double[] beside = logins(realm);

        long ended = System.nanoTime();
        realm.admin().logoutAll();
        long answered = System.nanoTime();
        await("the end on each stream")
            .atMost(Duration.ofMinutes(1))
            .until(() -> streams.stream().allMatch(stream -> stream.events().size() == 2));
        double[] pushes =
            streams.stream()
                .mapToDouble(stream -> (stream.events().get(1).receivedAt() - answered) / 1e6)
                .sorted()
                .toArray();
        System.out.printf(
            "%d streams: %.1f KB of heap each; login %.0f ms at the median alone, %.0f ms beside"
                + " them; sign-out of all %.0f ms, then to the last stream %.0f ms, median %.0f ms%n",
            STREAMS,
            (heap - heapAlone) / 1024.0 / STREAMS,
            alone[alone.length / 2],
            beside[beside.length / 2],
            (answered - ended) / 1e6,
            pushes[pushes.length - 1],
            pushes[pushes.length / 2]);
        await("all are freed")
            .atMost(MessageLog.PATIENCE)
            .until(() -> Metrics.of(stack).value("sso_logout_streams_open") == 0);
        System.out.printf(
            "before: %.0f busy worker threads; after: %.0f%n", threadsAlone, workerThreads(stack));
      } finally {
        streams.forEach(EventStream::close);
      }
    }
  }

  private static List<EventStream> open(TestRealm realm, List<Login> sessions) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(16);
    try {
      List<Future<EventStream>> opening = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        String token = sessions.get(i % SESSIONS).accessToken();
        opening.add(executor.submit(() -> EventStream.open(realm, token)));
      }
      List<EventStream> streams = new ArrayList<>();
      for (Future<EventStream> stream : opening) {
        streams.add(stream.get());
      }
      return streams;
    } finally {
      executor.shutdownNow();
    }
  }

  /** How long logins take, sorted, in milliseconds. */
  private static double[] logins(TestRealm realm) {
    double[] millis = new double[LOGINS];
    for (int i = 0; i < LOGINS; i++) {
      long begin = System.nanoTime();
      realm.signIn("bob", "blog");
      millis[i] = (System.nanoTime() - begin) / 1e6;
    }
    Arrays.sort(millis);
    return millis;
  }

  private static double workerThreads(Stack stack) {
    return Metrics.of(stack)
        .value("worker_pool_active{pool_name=\"vert.x-worker-thread\",pool_type=\"worker\"}");
  }

  private static long heapAfterCollection(Stack stack) throws Exception {
    Process collect =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/jcmd",
                Long.toString(stack.keycloak().pid()),
                "GC.run")
            .redirectErrorStream(true)
            .start();
    collect.getInputStream().readAllBytes();
    assertThat(collect.waitFor()).isZero();
    Process ask =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/jcmd",
                Long.toString(stack.keycloak().pid()),
                "GC.heap_info")
            .redirectErrorStream(true)
            .start();
    String info = new String(ask.getInputStream().readAllBytes());
    java.util.regex.Matcher used = java.util.regex.Pattern.compile("used (\\d+)K").matcher(info);
    assertThat(used.find()).as(info).isTrue();
    return Long.parseLong(used.group(1)) * 1024;
  }
}
