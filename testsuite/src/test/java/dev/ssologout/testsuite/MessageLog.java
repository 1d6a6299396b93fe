package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.resps.StreamEntry;

/**
 * What Redis has been told about a realm: everything published on the realm's names from the
 * realm's creation on, and what stands in the streams. Every message is held against the schema.
 */
final class MessageLog implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration LONG_PATIENCE = Duration.ofMinutes(2);

  private static final JsonSchema SCHEMA = schema();

  private final TestRealm realm;
  private final UnifiedJedis redis;
  private final Map<String, List<String>> published = new ConcurrentHashMap<>();
  private final Set<String> probes = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private final JedisPubSub subscription =
      new JedisPubSub() {
        @Override
        public void onPMessage(String pattern, String channel, String message) {
          published.computeIfAbsent(channel, key -> new CopyOnWriteArrayList<>()).add(message);
        }
      };

  /**
   * @param redis closed with this
   */
  MessageLog(TestRealm realm, UnifiedJedis redis) {
    this.realm = realm;
    this.redis = redis;
    Thread subscriber = new Thread(this::listen, "subscriber of " + realm.name());
    subscriber.setDaemon(true);
    subscriber.start();
    await("subscription").atMost(PATIENCE).until(subscription::isSubscribed);
  }

  private void listen() {
    while (!closed) {
      try {
        redis.psubscribe(subscription, realm.names().realm(realm.name()) + "*");
      } catch (JedisException | IllegalStateException e) {
        // What is published before Redis answers again is not heard, as by any subscriber.
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** The messages of the realm's stream, oldest first. */
  List<SessionEnded> all() {
    return stream(realm.names().realm(realm.name()));
  }

  /** The messages of a client's stream, oldest first. */
  List<SessionEnded> all(String clientId) {
    return stream(realm.names().client(realm.name(), clientId));
  }

  /** The logout token in the client's message about the session; {@code null} if it has none. */
  String logoutToken(String clientId, String sid) {
    return all(clientId).stream()
        .filter(message -> message.sid().equals(sid))
        .findFirst()
        .orElseThrow()
        .logoutToken();
  }

  /**
   * Waits until the realm's stream has this many messages, and until whatever was captured before
   * has been sent too.
   *
   * @return those messages, without the one that this method causes in order to know
   */
  List<SessionEnded> awaitExactly(int count) {
    await("%d messages of realm %s".formatted(count, realm.name()))
        .atMost(PATIENCE)
        .until(() -> all().size() >= count);
    List<SessionEnded> messages = settled();
    assertThat(messages.size()).as("messages of realm %s", realm.name()).isEqualTo(count);
    return messages;
  }

  /** The one message that has been sent. */
  SessionEnded awaitOne() {
    return awaitExactly(1).get(0);
  }

  /**
   * What has been sent once everything captured so far has been: the relay goes by age, so a
   * session of bob's that ends now is announced after all that ended before.
   */
  List<SessionEnded> settled() {
    return settledAfter(realm);
  }

  /** As {@link #settled}, for a realm in which bob can no longer sign in. */
  List<SessionEnded> settledAfter(TestRealm other) {
    Login probe = other.signIn("bob", "blog");
    other.messages().probes.add(probe.sid());
    UserAgent.expect(probe.logoutByRefreshToken(), 204);
    await("the probe's message")
        .atMost(PATIENCE)
        .until(() -> other.messages().all().stream().anyMatch(m -> m.sid().equals(probe.sid())));
    return all().stream().filter(message -> !probes.contains(message.sid())).toList();
  }

  /**
   * Waits until the realm's stream has these sessions, and until whatever was captured before has
   * been sent too.
   *
   * @throws AssertionError unless each of them, and no other, stands once in the realm's stream and
   *     once in the client's, and each entry names the one before it
   */
  void awaitEachOnce(Set<String> sids, String clientId) {
    await("%d messages of realm %s".formatted(sids.size(), realm.name()))
        .atMost(LONG_PATIENCE)
        .ignoreExceptions()
        .until(() -> redis.xlen(realm.names().realm(realm.name())) >= sids.size() + probes.size());
    assertEachOnce("stream of realm " + realm.name(), settled(), sids);
    assertEachOnce("stream of " + clientId, all(clientId), sids);
    assertNoGap(realm.names().realm(realm.name()));
    assertNoGap(realm.names().client(realm.name(), clientId));
  }

  private void assertNoGap(String key) {
    String last = "0-0";
    for (StreamEntry entry : redis.xrange(key, "-", "+")) {
      assertThat(entry.getFields()).as(key).containsEntry("previous", last);
      last = entry.getID().toString();
    }
  }

  /**
   * @throws AssertionError unless each of these sessions, and no other, has been published once on
   *     the realm's channel and once on the client's since the realm was created
   */
  void awaitEachPublishedOnce(Set<String> sids, String clientId) {
    for (String channel :
        List.of(realm.names().realm(realm.name()), realm.names().client(realm.name(), clientId))) {
      await("messages on " + channel)
          .atMost(PATIENCE)
          .until(() -> published.getOrDefault(channel, List.of()).size() >= sids.size());
      assertEachOnce("channel " + channel, published(channel), sids);
    }
  }

  private void assertEachOnce(String place, List<SessionEnded> messages, Set<String> sids) {
    Map<String, Long> times =
        messages.stream()
            .map(SessionEnded::sid)
            .filter(sid -> !probes.contains(sid))
            .collect(Collectors.groupingBy(sid -> sid, Collectors.counting()));
    assertThat(times.keySet()).as(place).isEqualTo(sids);
    assertThat(times).as(place).values().containsOnly(1L);
  }

  /** What was published on a name. */
  List<SessionEnded> published(String channel) {
    return published.getOrDefault(channel, List.of()).stream().map(MessageLog::decode).toList();
  }

  /** How often a message of this session was published on a name. */
  long timesPublished(String channel, String sid) {
    return published(channel).stream().filter(message -> message.sid().equals(sid)).count();
  }

  /** The value of the session's ended-marker, or {@code null}. */
  String marker(String sid) {
    return redis.get(realm.names().ended(realm.name(), sid));
  }

  /** How long the ended-marker will stand, in seconds. */
  long markerLife(String sid) {
    return redis.ttl(realm.names().ended(realm.name(), sid));
  }

  private List<SessionEnded> stream(String key) {
    return redis.xrange(key, "-", "+").stream()
        .map(StreamEntry::getFields)
        .map(fields -> fields.get("message"))
        .map(MessageLog::decode)
        .toList();
  }

  private static SessionEnded decode(String message) {
    assertThat(SCHEMA.validate(message, InputFormat.JSON)).as(message).isEmpty();
    try {
      return SessionEndedCodec.decode(message);
    } catch (MalformedMessageException e) {
      throw new AssertionError(message, e);
    }
  }

  private static JsonSchema schema() {
    InputStream schema = SessionEnded.class.getResourceAsStream(SessionEnded.SCHEMA);
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema);
  }

  @Override
  public void close() {
    closed = true;
    if (subscription.isSubscribed()) {
      subscription.punsubscribe();
    }
    redis.close();
  }
}
