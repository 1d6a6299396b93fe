package dev.ssologout.benchmark;

import dev.ssologout.launcher.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;

/** Section 3. Both ends read the clock of one machine, to the microsecond. */
final class CommitToSubscriber implements Section.Body {
  private static final String REALM = "commit";
  private static final String CHANNEL = "sso-logout:{" + REALM + "}";
  private static final String BARE = "bare";

  @Override
  public void run(Lab lab) throws Exception {
    RedisServer redis = lab.redis();
    RedisClient client = lab.connect(redis);
    Path clock = Files.createTempFile("commits-", ".txt");
    lab.open(() -> Files.deleteIfExists(clock));
    Site site =
        lab.keycloak(
            Lab.With.EXTENSION_AND_OTHERS,
            Database.create(lab.postgres(), "commits"),
            Lab.redisOption(redis.uri()),
            "--spi-events-listener--commit-clock--file=" + clock);
    Realm realm = Realm.create(site, REALM, List.of(Realm.LISTENER, "commit-clock"), 1);
    Subscriber subscriber = lab.open(new Subscriber(client));
    UserAgent agent = new UserAgent(realm);
    int count = lab.size(60, 3_000);
    AtomicReference<String> payload = new AtomicReference<>();
    Interleaved rounds =
        new Interleaved()
            .variant("bare PUBLISH", () -> bare(client, subscriber, payload.get(), count))
            .variant("commit of a logout", () -> logouts(agent, subscriber, clock, count));
    // The bare ones are to carry the same text.
    agent.signOut(agent.signIn(1));
    Await.until("a message", () -> !subscriber.received.isEmpty());
    payload.set(subscriber.lastText);
    rounds.run(lab.size(1, 3), lab.size(3, 7), lab::say);
    String bound = "the relay's wake-up, a locking SELECT, the signature and one trip to Redis";
    for (String percentile : List.of("p50", "p99", "p99.9")) {
      lab.add(rounds.compare("To the subscriber, " + percentile, percentile, "ms", bound));
    }
  }

  private static Map<String, Double> bare(
      RedisClient client, Subscriber subscriber, String payload, int count) {
    Latencies latencies = new Latencies();
    for (int i = 0; i < count; i++) {
      // Its first word tells it from the others; the length stays.
      String id = "bare" + i + " ";
      subscriber.received.remove(id.strip());
      long sent = micros();
      client.publish(BARE, id + payload.substring(id.length()));
      Await.until("a bare message", () -> subscriber.received.containsKey(id.strip()));
      latencies.add((subscriber.received.get(id.strip()) - sent) * 1_000);
    }
    return figures(latencies);
  }

  private static Map<String, Double> logouts(
      UserAgent agent, Subscriber subscriber, Path clock, int count) throws IOException {
    Files.writeString(clock, "");
    subscriber.received.clear();
    for (int i = 0; i < count; i++) {
      UserAgent.SignedIn session = agent.signIn(1);
      agent.signOut(session);
      Await.until("a message", () -> subscriber.received.containsKey(session.sid()));
    }
    Await.until("the clock", () -> commits(clock).size() == count);
    Latencies latencies = new Latencies();
    commits(clock)
        .forEach((sid, commit) -> latencies.add((subscriber.received.get(sid) - commit) * 1_000));
    return figures(latencies);
  }

  private static Map<String, Double> figures(Latencies latencies) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("p50", latencies.percentile(50));
    figures.put("p99", latencies.percentile(99));
    figures.put("p99.9", latencies.percentile(99.9));
    return figures;
  }

  private static Map<String, Long> commits(Path clock) {
    try {
      Map<String, Long> commits = new HashMap<>();
      for (String line : Files.readAllLines(clock)) {
        String[] words = line.split(" ");
        if (words.length == 2) {
          commits.put(words[0], Long.parseLong(words[1]));
        }
      }
      return commits;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** When what came. */
  private static final class Subscriber extends JedisPubSub implements AutoCloseable {
    private final Map<String, Long> received = new ConcurrentHashMap<>();
    private volatile String lastText;

    Subscriber(RedisClient client) {
      Thread thread = new Thread(() -> client.subscribe(this, CHANNEL, BARE), "subscriber");
      thread.setDaemon(true);
      thread.start();
      Await.until("the subscription", () -> getSubscribedChannels() == 2);
    }

    @Override
    public void onMessage(String channel, String message) {
      long now = micros();
      if (channel.equals(BARE)) {
        received.put(message.split(" ", 2)[0], now);
      } else {
        lastText = message;
        received.put(message.replaceFirst(".*\"subject\":\"([^\"]+)\".*", "$1"), now);
      }
    }

    @Override
    public void close() {
      unsubscribe();
    }
  }
}
