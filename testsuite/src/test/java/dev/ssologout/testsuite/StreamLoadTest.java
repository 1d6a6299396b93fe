package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.RedisServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Thousands of streams on one node cost it memory and nothing else. */
@Tag("faults")
class StreamLoadTest {
  private static final String PREFIX = "--spi-realm-restapi-extension--logout-broadcaster--";
  private static final int STREAMS = 2_000;
  private static final int SESSIONS = 100;
  private static final int LOGINS = 30;
  private static final int ROUNDS = 3;
  private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

  @Test
  void holdsTwoThousandStreams() throws Exception {
    try (Stack stack = start();
        TestRealm realm = stack.createRealm()) {
      double[] alone = logins(realm);
      long heapAlone = heapAfterCollection(stack);
      for (int round = 1; round <= ROUNDS; round++) {
        List<Login> sessions = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
          sessions.add(realm.signIn("alice", "shop"));
        }
        try (ManyStreams streams = open(realm, sessions)) {
          if (round == 1) {
            holds(stack, realm, streams, heapAlone, alone);
          }
          long begin = System.nanoTime();
          realm.admin().logoutAll();
          long answered = System.nanoTime();
          streams.await("the end on each", stream -> stream.toldAt() != 0);
          print(
              "round %d: %d sessions signed out in %.0f ms; from then"
                  .formatted(round, SESSIONS, (answered - begin) / 1e6),
              streams,
              answered);
          await("all are freed")
              .atMost(MessageLog.PATIENCE)
              .until(() -> Metrics.of(stack).value("sso_logout_streams_open") == 0);
        }
        bare();
      }
      System.out.printf(
          "%.1f MB of heap more than before%n", (heapAfterCollection(stack) - heapAlone) / 1e6);
    }
  }

  /** As its users have it, and not as tests do: with the optimizing compiler, without DEBUG. */
  private static Stack start() {
    RedisServer redis = RedisServer.builder().start();
    KeycloakServer keycloak =
        Stack.keycloak(
                redis.uri(),
                PREFIX + "connects-per-minute=1000000",
                PREFIX + "max-streams-per-user=" + STREAMS,
                PREFIX + "heartbeat=5",
                "--log-level-dev.ssologout=INFO")
            .jvmOptions()
            .start();
    return Stack.of(redis, List.of(keycloak), keycloak.url(), redis::close);
  }

  private static ManyStreams open(TestRealm realm, List<Login> sessions) {
    URI uri = EventStream.uri(realm, "events");
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      String token = sessions.get(i % SESSIONS).accessToken();
      requests.add(ManyStreams.request(uri, "Authorization", "Bearer " + token));
    }
    long begin = System.nanoTime();
    ManyStreams streams = ManyStreams.open(uri, requests);
    streams.await("ready", stream -> stream.text().contains("event:ready"));
    System.out.printf("%d streams opened in %.0f ms%n", STREAMS, (System.nanoTime() - begin) / 1e6);
    return streams;
  }

  private static void holds(
      Stack stack, TestRealm realm, ManyStreams streams, long heapAlone, double[] alone)
      throws Exception {
    assertThat(Metrics.of(stack).value("sso_logout_streams_open")).isEqualTo(STREAMS);
    streams.await("two signs of life on each", stream -> stream.beats() >= 2);
    assertThat(Metrics.of(stack).value("agroal_active_count{datasource=\"default\"}"))
        .as("database connections in use")
        .isZero();
    assertThat(
            Metrics.of(stack)
                .value(
                    "worker_pool_active{pool_name=\"vert.x-worker-thread\",pool_type=\"worker\"}"))
        .as("busy worker threads")
        .isLessThanOrEqualTo(2);
    long heap = heapAfterCollection(stack);
    double[] beside = logins(realm);
    System.out.printf(
        "%d streams: %.1f KB of heap each; login %.0f ms at the median alone, %.0f ms beside them%n",
        STREAMS,
        (heap - heapAlone) / 1024.0 / STREAMS,
        alone[alone.length / 2],
        beside[beside.length / 2]);
  }

  /** What this machine takes to write as much to as many connections, and to read it. */
  private static void bare() throws Exception {
    ByteBuffer answer =
        StandardCharsets.US_ASCII.encode("HTTP/1.1 200 OK\r\n\r\n" + "-".repeat(200) + "\n");
    ByteBuffer event =
        StandardCharsets.US_ASCII.encode("\nevent:ended\ndata:" + "-".repeat(200) + "\n\n");
    ExecutorService acceptor = Executors.newSingleThreadExecutor();
    List<SocketChannel> accepted = new ArrayList<>();
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress("127.0.0.1", 0), STREAMS);
      Future<?> accepting =
          acceptor.submit(
              () -> {
                for (int i = 0; i < STREAMS; i++) {
                  SocketChannel channel = server.accept();
                  channel.write(answer.duplicate());
                  accepted.add(channel);
                }
                return null;
              });
      URI uri = URI.create("http://127.0.0.1:" + server.socket().getLocalPort());
      try (ManyStreams streams =
          ManyStreams.open(uri, Collections.nCopies(STREAMS, ManyStreams.request(uri)))) {
        accepting.get();
        long begin = System.nanoTime();
        for (SocketChannel channel : accepted) {
          channel.write(event.duplicate());
        }
        streams.await("the end on each", stream -> stream.toldAt() != 0);
        print("nothing but the writing and reading:", streams, begin);
      }
    } finally {
      acceptor.shutdownNow();
      for (SocketChannel channel : accepted) {
        channel.close();
      }
    }
  }

  private static void print(String what, ManyStreams streams, long since) {
    double[] millis =
        streams.connections().stream()
            .mapToDouble(stream -> (stream.toldAt() - since) / 1e6)
            .sorted()
            .toArray();
    System.out.printf(
        "%s to the median stream %.0f ms, to the last %.0f ms%n",
        what, millis[millis.length / 2], millis[millis.length - 1]);
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

  private static long heapAfterCollection(Stack stack) throws IOException, InterruptedException {
    jcmd(stack, "GC.run");
    Matcher used = HEAP_USED.matcher(jcmd(stack, "GC.heap_info"));
    assertThat(used.find()).isTrue();
    return Long.parseLong(used.group(1)) * 1024;
  }

  private static String jcmd(Stack stack, String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/jcmd",
                Long.toString(stack.keycloak().pid()),
                command)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
