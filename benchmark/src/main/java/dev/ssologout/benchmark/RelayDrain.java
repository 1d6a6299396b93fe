package dev.ssologout.benchmark;

import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;

/**
 * Section 4. The rows of as many sessions appear by one commit, which is what a relay finds when
 * Redis is back; the time is from the first message in the realm's stream to the last.
 */
final class RelayDrain implements Section.Body {
  private static final String REALM = "drain";
  private static final String STREAM = "sso-logout:{" + REALM + "}";
  private static final String CLIENT_STREAM = STREAM + ":client:" + Realm.clientId(1);
  private static final int PIPELINE = 500;
  private static final int TEXTS = 1_000;
  private static final String LISTENER = "--spi-events-listener--redis-logout--";
  private static final String ROW_BY_ROW = "--spi-events-listener--row-by-row--";

  private static final int MOST_FOR_DRAINER = 20_000;
  private static final List<Setting> SETTINGS =
      List.of(
          new Setting("not signing", false, Duration.ZERO),
          new Setting("not signing, Redis 1 ms away", false, Duration.ofMillis(1)),
          new Setting("signing", true, Duration.ZERO));

  /**
   * @param away the time of a trip to Redis and back
   */
  private record Setting(String name, boolean signing, Duration away) {}

  @Override
  public void run(Lab lab) throws Exception {
    for (Setting setting : SETTINGS) {
      RedisServer redis = lab.redis();
      PostgresServer postgres = lab.postgres();
      Database ours = Database.create(postgres, "ours");
      Database theirs = Database.create(postgres, "theirs");
      Site relay =
          lab.keycloak(
              Lab.With.EXTENSION,
              ours,
              Lab.redisOption(uri(lab, redis, setting)),
              LISTENER + "scan-interval=100",
              LISTENER + "logout-tokens=" + setting.signing());
      Realm realm = Realm.create(relay, REALM, List.of(Realm.LISTENER), 1);
      Backlog backlog = Backlog.capture(realm, redis, ours);
      RedisClient client = lab.connect(redis);
      Site drainer =
          lab.keycloak(
              Lab.With.OTHERS,
              theirs,
              ROW_BY_ROW + "redis=" + uri(lab, redis, setting),
              ROW_BY_ROW + "logout-tokens=" + setting.signing());
      Realm.create(drainer, REALM, List.of("jboss-logging"), 1);
      // What the relay sends, to be sent barely too.
      drain(client, ours, backlog, TEXTS);
      List<String> toRealm = texts(client, STREAM);
      List<String> toClient = texts(client, CLIENT_STREAM);
      for (int rows : sizes(lab, setting)) {
        // It would take most of the time of a run, and it does not become faster with more.
        int rowsOfDrainer = Math.min(rows, MOST_FOR_DRAINER);
        Interleaved rounds =
            new Interleaved()
                .variant("Keycloak's drainer", () -> drain(client, theirs, backlog, rowsOfDrainer))
                .variant("relay", () -> drain(client, ours, backlog, rows))
                .variant(
                    "bare pipelined XADD and PUBLISH", () -> bare(client, toRealm, toClient, rows));
        if (setting.signing()) {
          rounds.variant("signatures alone, on all cores", () -> sign(rows));
        }
        String what = "%,d rows, %s".formatted(rows, setting.name());
        rounds.run(
            1, lab.size(1, rows > MOST_FOR_DRAINER ? 3 : 5), round -> lab.say(what + ", " + round));
        lab.add(
            rounds.compare(
                "Relay drain, " + what,
                "rate",
                "messages a second",
                setting.signing()
                    ? "signing, on all cores"
                    : "the relay's own work on one core; the bare one by one connection"));
      }
      lab.closeServers();
    }
  }

  private static List<Integer> sizes(Lab lab, Setting setting) {
    if (lab.isQuick()) {
      return List.of(2_000);
    }
    return setting.away().isZero() ? List.of(20_000, 200_000) : List.of(20_000);
  }

  private static URI uri(Lab lab, RedisServer redis, Setting setting) {
    return setting.away().isZero()
        ? redis.uri()
        : lab.open(new Distance(redis.port(), setting.away())).uri();
  }

  private static Map<String, Double> drain(
      RedisClient redis, Database database, Backlog backlog, int rows) {
    redis.flushAll();
    backlog.pileUp(database, rows);
    Await.until("the first message", () -> redis.xlen(STREAM) > 0);
    long start = System.nanoTime();
    long first = redis.xlen(STREAM);
    Await.until("the last message", () -> redis.xlen(STREAM) >= rows);
    double rate = (rows - first) * 1e9 / (System.nanoTime() - start);
    Await.until("an empty outbox", () -> Backlog.isEmpty(database));
    return Map.of("rate", rate);
  }

  /** As many texts to as many streams and channels, by one who has nothing else to do. */
  private static Map<String, Double> bare(
      RedisClient redis, List<String> toRealm, List<String> toClient, int rows) {
    redis.flushAll();
    long start = System.nanoTime();
    for (int from = 0; from < rows; from += PIPELINE) {
      try (AbstractPipeline pipeline = redis.pipelined()) {
        for (int i = from; i < Math.min(rows, from + PIPELINE); i++) {
          send(pipeline, STREAM, toRealm.get(i % TEXTS));
          send(pipeline, CLIENT_STREAM, toClient.get(i % TEXTS));
        }
      }
    }
    return Map.of("rate", rows * 1e9 / (System.nanoTime() - start));
  }

  /** What a realm's key allows by default: RS256 with 2048 bits. */
  private static Map<String, Double> sign(int count) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    PrivateKey key = generator.generateKeyPair().getPrivate();
    // Of the size of a logout token.
    byte[] token = new byte[600];
    long start = System.nanoTime();
    IntStream.range(0, Math.min(count, MOST_FOR_DRAINER)).parallel().forEach(i -> sign(key, token));
    return Map.of("rate", Math.min(count, MOST_FOR_DRAINER) * 1e9 / (System.nanoTime() - start));
  }

  private static void sign(PrivateKey key, byte[] token) {
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(token);
      signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void send(AbstractPipeline pipeline, String name, String text) {
    pipeline.xadd(name, StreamEntryID.NEW_ENTRY, Map.of("message", text));
    pipeline.publish(name, text);
  }

  private static List<String> texts(RedisClient redis, String stream) {
    return redis.xrange(stream, "-", "+").stream()
        .map(entry -> entry.getFields().get("message"))
        .toList();
  }
}
