package dev.ssologout.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.listener.RedisPublisher.Addressed;
import dev.ssologout.listener.RedisPublisher.Outcome;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.resps.StreamEntry;

/** What the messages of a batch come to, on a real Redis. */
class RedisPublisherTest {
  private static final LogoutNames NAMES = new LogoutNames(LogoutNames.DEFAULT_PREFIX);
  private static final String REALM_STREAM = NAMES.realm("acme");
  private static final String SHOP_STREAM = NAMES.client("acme", "shop");
  private static final int MEBIBYTE = 1 << 20;

  private static RedisServer server;
  private static RedisClient redis;

  private final RedisPublisher publisher = publisher(0, 0);

  @BeforeAll
  static void start() {
    server = RedisServer.builder().config("proto-max-bulk-len " + MEBIBYTE).start();
    redis = RedisClient.create(server.uri());
  }

  @AfterAll
  static void stop() {
    redis.close();
    server.close();
  }

  @BeforeEach
  void empty() {
    redis.flushAll();
  }

  @Test
  void sendsAMessageOnce() {
    List<Addressed> batch = List.of(message("shop", "for shop"));

    assertThat(publisher.publish(redis, batch)).containsExactly(sent());
    assertThat(publisher.publish(redis, batch)).containsExactly(sent());

    assertThat(entries(SHOP_STREAM))
        .singleElement()
        .satisfies(e -> assertThat(e.getFields()).containsEntry("message", "for shop"));
    assertThat(entries(REALM_STREAM)).hasSize(1);
  }

  @Test
  void namesInEachEntryTheOneBefore() {
    publisher.publish(redis, List.of(message("shop", "1"), message("shop", "2")));
    publisher.publish(redis, List.of(message("shop", "3")));

    List<StreamEntry> entries = entries(SHOP_STREAM);
    assertThat(previous(entries))
        .containsExactly(
            "0-0", entries.get(0).getID().toString(), entries.get(1).getID().toString());
  }

  @Test
  void namesTheEntryBeforeThoughItHasBeenTrimmed() {
    publisher.publish(redis, List.of(message("shop", "1"), message("shop", "2")));
    String last = entries(SHOP_STREAM).get(1).getID().toString();
    redis.xtrim(SHOP_STREAM, 0, false);

    publisher.publish(redis, List.of(message("shop", "3")));

    assertThat(previous(entries(SHOP_STREAM))).containsExactly(last);
  }

  @Test
  void namesNoEntryBeforeInAStreamThatWasLost() {
    publisher.publish(redis, List.of(message("shop", "1")));
    redis.flushAll();

    publisher.publish(redis, List.of(message("shop", "2")));

    assertThat(previous(entries(SHOP_STREAM))).containsExactly("0-0");
  }

  @Test
  void refusesOnlyTheMessageThatCannotBeWritten() {
    redis.set(NAMES.client("acme", "blog"), "no stream");

    List<Outcome> outcomes =
        publisher.publish(
            redis, List.of(message("shop", "1"), message("blog", "2"), message("shop", "3")));

    assertThat(outcomes)
        .extracting(Outcome::kind)
        .containsExactly(Outcome.Kind.SENT, Outcome.Kind.REFUSED, Outcome.Kind.SENT);
    assertThat(outcomes.get(1).error()).startsWith("WRONGTYPE");
    assertThat(texts(SHOP_STREAM)).containsExactly("1", "3");
    assertThat(entries(REALM_STREAM)).hasSize(2);
  }

  @Test
  void undoesWhatStandsBeforeAFailure() {
    redis.sendCommand(
        () -> "ACL".getBytes(),
        "SETUSER limited on >secret resetchannels ~* &sso-logout:{acme} +@all".split(" "));
    publisher.publish(redis, List.of(message("shop", "1")));
    Addressed message = message("shop", "2");
    try (RedisClient limited = RedisClient.create(server.uri("limited", "secret"))) {
      assertThat(publisher.publish(limited, List.of(message)))
          .singleElement()
          .satisfies(outcome -> assertThat(outcome.kind()).isEqualTo(Outcome.Kind.NOT_NOW));
    }
    assertThat(texts(SHOP_STREAM)).containsExactly("1");
    assertThat(entries(REALM_STREAM)).hasSize(1);

    assertThat(publisher.publish(redis, List.of(message))).containsExactly(sent());

    List<StreamEntry> entries = entries(SHOP_STREAM);
    assertThat(entries).hasSize(2);
    assertThat(previous(entries)).containsExactly("0-0", entries.get(0).getID().toString());
  }

  @Test
  void findsTheMessageForWhichRedisCutsTheConnection() {
    List<Addressed> batch =
        new ArrayList<>(
            IntStream.range(0, 20).mapToObj(i -> message("shop", Integer.toString(i))).toList());
    batch.set(13, message("shop", "x".repeat(MEBIBYTE + 1)));

    List<Outcome> outcomes = publisher.publish(redis, batch);

    assertThat(outcomes)
        .extracting(Outcome::kind)
        .containsOnlyOnce(Outcome.Kind.REFUSED)
        .doesNotContain(Outcome.Kind.NOT_NOW);
    assertThat(outcomes.get(13).kind()).isEqualTo(Outcome.Kind.REFUSED);
    assertThat(texts(SHOP_STREAM)).hasSize(19).doesNotHaveDuplicates().doesNotContain("13");
  }

  @Test
  void blamesNoMessageForWhatIsTheServersState() {
    redis.configSet("maxmemory", "1");
    try {
      assertThatThrownBy(() -> publisher.publish(redis, List.of(message("shop", "1"))))
          .isInstanceOf(JedisException.class)
          .hasMessageContaining("OOM");
    } finally {
      redis.configSet("maxmemory", "0");
    }
  }

  @Test
  void keepsAStreamToItsLength() {
    RedisPublisher limiting = publisher(1000, 0);
    for (int i = 0; i < 5; i++) {
      limiting.publish(
          redis, IntStream.range(0, 500).mapToObj(n -> message("shop", "text")).toList());
    }
    // Once a second.
    long second = second();
    await().until(() -> second() > second);

    limiting.publish(redis, List.of(message("shop", "last")));

    assertThat(redis.xlen(SHOP_STREAM)).isBetween(1000L, 1200L);
  }

  @Test
  void waitsForReplicas() {
    List<Addressed> batch = List.of(message("shop", "1"));
    assertThatThrownBy(() -> publisher(0, 1).publish(redis, batch))
        .isInstanceOf(JedisException.class)
        .hasMessage("0 of 1 replicas have what was written");
    try (RedisServer replica =
        RedisServer.builder().config("replicaof 127.0.0.1 " + server.port()).start()) {
      await()
          .until(
              () -> {
                try {
                  publisher(0, 1).publish(redis, batch);
                  return true;
                } catch (JedisException notYet) {
                  return false;
                }
              });
      assertThat(replica.isAlive()).isTrue();
    }
    assertThat(texts(SHOP_STREAM)).containsExactly("1");
  }

  private static RedisPublisher publisher(int maxLength, int minReplicas) {
    return new RedisPublisher(
        new RedisPublisher.Settings(NAMES, Duration.ofHours(1), maxLength, minReplicas));
  }

  private static long second() {
    return Long.parseLong((String) redis.eval("return redis.call('TIME')[1]"));
  }

  private static Outcome sent() {
    return new Outcome(Outcome.Kind.SENT, null);
  }

  private static Addressed message(String client, String text) {
    SessionEnded message =
        new SessionEnded(
            UUID.randomUUID().toString(),
            URI.create("https://id.example/realms/acme"),
            Instant.now(),
            "acme",
            UUID.randomUUID().toString(),
            "user",
            false,
            Reason.LOGOUT,
            Initiator.USER,
            List.of(client),
            null);
    return new Addressed(new Envelope(message, 60, Map.of()), List.of(text));
  }

  private static List<StreamEntry> entries(String stream) {
    return redis.xrange(stream, (StreamEntryID) null, null);
  }

  private static List<String> texts(String stream) {
    return entries(stream).stream().map(entry -> entry.getFields().get("message")).toList();
  }

  private static List<String> previous(List<StreamEntry> entries) {
    return entries.stream().map(entry -> entry.getFields().get("previous")).toList();
  }
}
