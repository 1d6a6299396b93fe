package dev.ssologout.benchmark;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.relyingparty.LogoutSubscription;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XReadParams;

/** Section 6. */
final class RelyingPartyCost implements Section.Body {
  private static final String REALM = "rp";
  private static final String STREAM = "sso-logout:{" + REALM + "}:client:" + Realm.clientId(1);
  private static final int READ = 100;
  private static final String TIME = "time";

  @Override
  public void run(Lab lab) throws Exception {
    messages(lab);
    ended(lab);
  }

  /** An app that was away catches up with what its stream holds. */
  private static void messages(Lab lab) throws Exception {
    RedisServer redis = lab.redis();
    Database database = Database.create(lab.postgres(), "rp");
    Site site =
        lab.keycloak(
            Lab.With.EXTENSION,
            database,
            Lab.redisOption(redis.uri()),
            "--spi-events-listener--redis-logout--scan-interval=100");
    Realm realm = Realm.create(site, REALM, List.of(Realm.LISTENER), 1);
    Backlog backlog = Backlog.capture(realm, redis, database);
    RedisClient client = lab.connect(redis);
    int count = lab.size(1_000, 20_000);
    backlog.pileUp(database, count);
    Await.until("the messages", () -> client.xlen(STREAM) == count);
    Interleaved rounds =
        new Interleaved()
            .variant("bare XREAD", () -> read(client, count))
            .variant("subscription, verifying", () -> handle(subscription(client, realm), count))
            .variant(
                "subscription, not verifying",
                () -> handle(subscription(client, realm).withoutVerification(), count));
    rounds.run(lab.size(1, 2), lab.size(2, 7), lab::say);
    lab.add(
        rounds.compare(
            "Messages that one app handles",
            "rate",
            "messages a second",
            "the verification of a signature on one core"));
    lab.closeServers();
  }

  private static LogoutSubscription.Builder subscription(RedisClient client, Realm realm) {
    return LogoutSubscription.builder()
        .redis(client)
        .issuer(realm.issuer().toString())
        .clientId(Realm.clientId(1))
        .everyInstanceHears();
  }

  private static Map<String, Double> handle(LogoutSubscription.Builder builder, int count) {
    AtomicInteger handled = new AtomicInteger();
    long start = System.nanoTime();
    try (LogoutSubscription subscription =
        builder.onSessionEnded(ended -> handled.incrementAndGet()).start()) {
      Await.until("all messages", () -> handled.get() == count);
      double rate = count * 1e9 / (System.nanoTime() - start);
      if (!subscription.status().refused().isEmpty()) {
        throw new IllegalStateException("refused: " + subscription.status().refused());
      }
      return Map.of("rate", rate);
    }
  }

  private static Map<String, Double> read(RedisClient client, int count) {
    long start = System.nanoTime();
    StreamEntryID last = new StreamEntryID();
    int read = 0;
    while (read < count) {
      var entries =
          client
              .xread(XReadParams.xReadParams().count(READ), Map.of(STREAM, last))
              .get(0)
              .getValue();
      read += entries.size();
      last = entries.get(entries.size() - 1).getID();
    }
    return Map.of("rate", count * 1e9 / (System.nanoTime() - start));
  }

  /** Each by JMH, in a JVM of its own. */
  private static void ended(Lab lab) throws Exception {
    String redis = lab.redis().uri().toString();
    Interleaved questions =
        new Interleaved()
            .variant("bare GET", () -> jmh(lab, redis, "bareGet"))
            .variant("over, asked for the first time", () -> jmh(lab, redis, "hit"))
            .variant("lives, asked for the first time", () -> jmh(lab, redis, "miss"))
            .variant("lives, asked again", () -> jmh(lab, redis, "cached"))
            .run(0, lab.size(1, 5), lab::say);
    lab.add(
        questions.compare(
            "Is the session over?",
            TIME,
            "microseconds",
            "one trip to Redis; from memory, a look into a map"));
    Interleaved api =
        new Interleaved()
            .variant("verify a token", () -> jmh(lab, redis, "verify"))
            .variant("verify it and ask", () -> jmh(lab, redis, "verifyAndAsk"))
            .run(0, lab.size(1, 5), lab::say);
    lab.add(
        api.compare(
            "What the question adds to an API",
            TIME,
            "microseconds",
            "the verification of the token's signature"));
  }

  private static Map<String, Double> jmh(Lab lab, String redis, String method)
      throws RunnerException {
    RunResult result =
        new Runner(
                new OptionsBuilder()
                    .include(EndedSessionsBenchmark.class.getName() + "." + method + "$")
                    .param("redis", redis)
                    .warmupIterations(lab.size(1, 3))
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(lab.size(1, 5))
                    .measurementTime(TimeValue.seconds(1))
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .runSingle();
    return Map.of(TIME, result.getPrimaryResult().getStatistics().getPercentile(50));
  }
}
