package dev.ssologout.testsuite;

import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEndedCodec;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;

/**
 * How fast what has piled up while Redis was away goes out when it is back. Printed beside it, in
 * turn and on the same Redis, is what one connection can do that has nothing else to do: the same
 * texts to as many streams and channels, by pipelined XADD and PUBLISH. The processor time of each
 * process tells what bounds it, also on a machine that has other work.
 */
@Tag("faults")
@Timeout(1800)
class BacklogTest {
  private static final int WAITING = Integer.getInteger("testsuite.many", 20_000);
  private static final int ROUNDS = 3;
  private static final int PIPELINE = 500;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sendsWhatHasPiledUp(boolean logoutTokens) {
    RedisServer redis = RedisServer.builder().start();
    PostgresServer postgres = new PostgresServer().start();
    Database database = new Database(postgres);
    KeycloakServer keycloak =
        Stack.keycloakOnPostgres(
                redis.uri(),
                postgres.jdbcUrl(),
                "--log-level=INFO",
                "--spi-events-listener--redis-logout--logout-tokens=" + logoutTokens)
            // Keycloak's own, not those that start fast.
            .jvmOptions()
            .start();
    Runnable closeOthers =
        () -> {
          redis.close();
          postgres.close();
        };
    try (Stack stack = Stack.of(redis, List.of(keycloak), keycloak.url(), closeOthers);
        RedisClient operator = RedisClient.create(redis.uri())) {
      for (int round = 1; round <= ROUNDS; round++) {
        try (TestRealm realm = stack.createRealm()) {
          Set<String> sids = pileUp(realm, database);
          Map<String, Duration> before = cpuTimes(keycloak, redis, postgres);
          long drained = drain(realm, operator);
          Map<String, Duration> after = cpuTimes(keycloak, redis, postgres);
          String cost =
              after.entrySet().stream()
                  .map(
                      used ->
                          "%s %.1f s"
                              .formatted(
                                  used.getKey(),
                                  used.getValue().minus(before.get(used.getKey())).toMillis()
                                      / 1000.0))
                  .collect(Collectors.joining(", "));
          realm.messages().awaitEachOnce(sids, "shop");
          long bare = sendBare(realm, operator);
          System.out.printf(
              "%d waiting messages %s logout tokens, round %d: %d a second (CPU: %s); bare %d%n",
              sids.size(), logoutTokens ? "with" : "without", round, drained, cost, bare);
        }
      }
    }
  }

  /**
   * Ends Redis and a session, and puts as many rows beside that session's as there shall be.
   *
   * @return the sids of the sessions that the rows are about
   */
  private static Set<String> pileUp(TestRealm realm, Database database) {
    Login login = realm.signIn("alice", "shop");
    realm.stack().redis().stop();
    login.logout();
    database.update(
        """
        insert into outbox_entry (id, entry_kind, realm_id, owner_id, correlation_id, entry_type,
          payload, metadata, status, attempts, next_attempt_at, created_at)
        select gen_random_uuid(), entry_kind, realm_id, owner_id, other.id, entry_type,
          replace(replace(payload, correlation_id, other.id), ?, other.sid), metadata, status,
          attempts, next_attempt_at, created_at
        from outbox_entry,
          (select gen_random_uuid()::text as id, 'sid-of-a-session-' || i as sid
            from generate_series(2, ?) as i) as other
        where entry_kind = 'sso-logout'
        """,
        login.sid(),
        WAITING);
    return database.waitingSids();
  }

  /**
   * @return messages a second, from the first that arrives to the last
   */
  private static long drain(TestRealm realm, UnifiedJedis redis) {
    String stream = realm.names().realm(realm.name());
    realm.stack().redis().start();
    await("the first").atMost(PATIENCE).ignoreExceptions().until(() -> redis.xlen(stream) > 0);
    long start = System.nanoTime();
    long first = redis.xlen(stream);
    await("the last")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> redis.xlen(stream) >= WAITING);
    return perSecond(WAITING - first, start);
  }

  private static long sendBare(TestRealm realm, UnifiedJedis redis) {
    List<String> toRealm =
        realm.messages().all().stream().map(SessionEndedCodec::encode).limit(WAITING).toList();
    List<String> toClient =
        realm.messages().all("shop").stream()
            .map(SessionEndedCodec::encode)
            .limit(WAITING)
            .toList();
    String realmName = realm.names().realm(realm.name()) + ":bare";
    String clientName = realm.names().client(realm.name(), "bare");
    long start = System.nanoTime();
    for (int from = 0; from < toRealm.size(); from += PIPELINE) {
      try (AbstractPipeline pipeline = redis.pipelined()) {
        for (int i = from; i < Math.min(from + PIPELINE, toRealm.size()); i++) {
          send(pipeline, realmName, toRealm.get(i));
          send(pipeline, clientName, toClient.get(i));
        }
      }
    }
    return perSecond(toRealm.size(), start);
  }

  private static void send(AbstractPipeline pipeline, String name, String message) {
    pipeline.xadd(name, StreamEntryID.NEW_ENTRY, Map.of("message", message));
    pipeline.publish(name, message);
  }

  private static Map<String, Duration> cpuTimes(
      KeycloakServer keycloak, RedisServer redis, PostgresServer postgres) {
    Map<String, Duration> times = new LinkedHashMap<>();
    times.put("Keycloak", cpuTime(keycloak.pid()));
    times.put("Redis", redis.isAlive() ? cpuTime(redis.pid()) : Duration.ZERO);
    times.put("PostgreSQL", cpuTime(postgres.pid()));
    return times;
  }

  /** Of the process and its children. */
  private static Duration cpuTime(long pid) {
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    return Stream.concat(Stream.of(process), process.descendants())
        .map(member -> member.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static long perSecond(long count, long start) {
    return count * 1_000_000_000L / (System.nanoTime() - start);
  }
}
