package dev.ssologout.benchmark;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.relyingparty.LogoutSubscription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XReadParams;

/** Section 6. */
final class RelyingPartyCost implements Section.Body {
  private static final String REALM = "rp";
  private static final String STREAM = "sso-logout:{" + REALM + "}:client:" + Realm.clientId(1);
  private static final int READ = 100;

  @Override
  public void run(Lab lab) throws Exception {
    messages(lab);
    ended(lab);
  }

  /** An app that was away catches up with what its stream holds. */
  private static void messages(Lab lab) throws Exception {
    RedisServer redis = lab.redis();
    RedisClient client = lab.connect(redis);
    Database database = Database.create(lab.postgres(), "rp");
    Site site =
        lab.keycloak(
            Lab.With.EXTENSION,
            database,
            Lab.redisOption(redis.uri()),
            "--spi-events-listener--redis-logout--scan-interval=100");
    Realm realm = Realm.create(site, REALM, List.of(Realm.LISTENER), 1);
    Backlog backlog = Backlog.capture(realm, redis, database);
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

  /**
   * Each by JMH, one after the other: their differences are of other sizes than a machine's moods.
   */
  private static void ended(Lab lab) throws Exception {
    RedisServer redis = lab.redis();
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(EndedSessionsBenchmark.class.getName())
                    .param("redis", redis.uri().toString())
                    .warmupIterations(lab.size(1, 3))
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(lab.size(2, 7))
                    .measurementTime(TimeValue.seconds(lab.size(1, 2)))
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    Map<String, Statistics> statistics = new LinkedHashMap<>();
    results.forEach(
        result ->
            statistics.put(
                result.getPrimaryResult().getLabel(), result.getPrimaryResult().getStatistics()));
    lab.add(
        compare(
            "Is the session over?",
            "one trip to Redis; from memory, a look into a map",
            statistics,
            Map.of("bareGet", "bare GET"),
            List.of("bareGet", "hit", "miss", "cached")));
    lab.add(
        compare(
            "What the question adds to an API",
            "the verification of the token's signature",
            statistics,
            Map.of("verify", "verify a token", "verifyAndAsk", "verify it and ask"),
            List.of("verify", "verifyAndAsk")));
  }

  private static Comparison compare(
      String title,
      String bound,
      Map<String, Statistics> statistics,
      Map<String, String> names,
      List<String> methods) {
    double baseline = statistics.get(methods.get(0)).getPercentile(50);
    List<Comparison.Row> rows = new ArrayList<>();
    for (String method : methods) {
      Statistics measured = statistics.get(method);
      Spread value = new Spread(measured.getPercentile(50), measured.getMin(), measured.getMax());
      rows.add(
          new Comparison.Row(
              names.getOrDefault(method, method),
              value,
              rows.isEmpty()
                  ? null
                  : new Spread(
                      value.median() / baseline, value.low() / baseline, value.high() / baseline)));
    }
    return new Comparison(title, "microseconds", bound, rows);
  }
}
