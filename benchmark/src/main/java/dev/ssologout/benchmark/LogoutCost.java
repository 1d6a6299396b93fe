package dev.ssologout.benchmark;

import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

/** Section 1. Each variant is a Keycloak of its own; all run, and one at a time has work. */
final class LogoutCost implements Section.Body {
  private static final String REALM = "cost";
  private static final String NO_TOKENS =
      "--spi-events-listener--redis-logout--logout-tokens=false";
  private static final Pattern CALLS = Pattern.compile("cmdstat_(\\S+?):calls=(\\d+)");

  /**
   * @param database {@code null} for H2
   */
  private record Variant(Realm realm, Database database) {}

  @Override
  public void run(Lab lab) throws Exception {
    measure(lab, "H2", null);
    measure(lab, "PostgreSQL", lab.postgres());
  }

  private static void measure(Lab lab, String database, PostgresServer postgres) throws Exception {
    RedisServer redis = lab.redis();
    RedisServer hanging = lab.redis();
    RedisServer down = lab.redis();
    Map<String, Variant> realms = new LinkedHashMap<>();
    realms.put("stock Keycloak", realm(lab, postgres, "stock", Lab.With.NOTHING));
    realms.put(
        "extension, not signing",
        realm(
            lab,
            postgres,
            "unsigned",
            Lab.With.EXTENSION,
            Lab.redisOption(redis.uri()),
            NO_TOKENS));
    realms.put(
        "extension, signing",
        realm(lab, postgres, "signed", Lab.With.EXTENSION, Lab.redisOption(redis.uri())));
    realms.put(
        "extension, Redis down",
        realm(lab, postgres, "down", Lab.With.EXTENSION, Lab.redisOption(down.uri())));
    realms.put(
        "extension, Redis hangs",
        realm(lab, postgres, "hanging", Lab.With.EXTENSION, Lab.redisOption(hanging.uri())));
    if (postgres != null) {
      count(lab, realms, redis);
    }
    down.stop();
    hanging.pause();
    // More browsers than cores for the throughput, and first, as they warm Keycloak up; one for
    // what a single user waits for.
    measure(lab, database, realms, 8, lab.size(80, 1_600));
    measure(lab, database, realms, 1, lab.size(30, 400));
    hanging.resume();
    lab.closeServers();
  }

  private static void measure(
      Lab lab, String database, Map<String, Variant> realms, int browsers, int sessions)
      throws Exception {
    Interleaved rounds = new Interleaved();
    List<Load> loads = new ArrayList<>();
    realms.forEach(
        (name, variant) -> {
          Load load = new Load(variant.realm(), browsers);
          loads.add(load);
          rounds.variant(name, () -> load.run(sessions));
        });
    String where = "%s, %d browser%s".formatted(database, browsers, browsers == 1 ? "" : "s");
    rounds.run(lab.size(1, 3), lab.size(2, 7), round -> lab.say(where + ", " + round));
    loads.forEach(Load::close);
    String cpu = "the processor, which the browsers share with Keycloak and the database";
    if (browsers == 1) {
      String trips = "Keycloak's own work and the database's commit";
      lab.add(rounds.compare("Logout, p50, " + where, "logout p50", "ms", trips));
      lab.add(rounds.compare("Logout, p99, " + where, "logout p99", "ms", trips));
      lab.add(rounds.compare("Login, p50, " + where, "login p50", "ms", trips));
      lab.add(rounds.compare("Login, p99, " + where, "login p99", "ms", trips));
    } else {
      lab.add(rounds.compare("Logout, p50, " + where, "logout p50", "ms", cpu));
      lab.add(rounds.compare("Logout, p99, " + where, "logout p99", "ms", cpu));
      lab.add(rounds.compare("Logins and logouts, " + where, "sessions", "sessions a second", cpu));
    }
  }

  private static Variant realm(
      Lab lab, PostgresServer postgres, String name, Lab.With with, String... options) {
    Database database = postgres == null ? null : Database.create(postgres, name);
    Site site =
        database == null ? lab.keycloak(with, options) : lab.keycloak(with, database, options);
    List<String> listeners =
        with == Lab.With.NOTHING
            ? List.of("jboss-logging")
            : List.of("jboss-logging", Realm.LISTENER);
    lab.say(name + " runs");
    return new Variant(Realm.create(site, REALM, listeners, 1), database);
  }

  /** What does not depend on the machine. */
  private static void count(Lab lab, Map<String, Variant> realms, RedisServer redis) {
    Map<String, Integer> stock = statements(realms.get("stock Keycloak"), null);
    try (RedisClient operator = RedisClient.create(redis.uri())) {
      Map<String, Integer> signed = statements(realms.get("extension, signing"), operator);
      TreeSet<String> kinds = new TreeSet<>(stock.keySet());
      kinds.addAll(signed.keySet());
      for (String kind : kinds) {
        int without = stock.getOrDefault(kind, 0);
        int with = signed.getOrDefault(kind, 0);
        if (with != without) {
          lab.note(
              "Statements of a logout and its relay: `%s` %d times, %d without the extension."
                  .formatted(kind, with, without));
        }
      }
      lab.note("Calls to Redis of a logout: " + calls(operator.info("commandstats")) + ".");
    }
  }

  private static Map<String, Integer> statements(Variant variant, RedisClient redis) {
    UserAgent agent = new UserAgent(variant.realm());
    // What is read once is not a logout's.
    for (int i = 0; i < 3; i++) {
      agent.signOut(agent.signIn(1));
    }
    UserAgent.SignedIn session = agent.signIn(1);
    String marker = "sso-logout:{" + REALM + "}:ended:" + session.sid();
    if (redis != null) {
      redis.executeCommand(new CommandArguments(Protocol.Command.CONFIG).add("RESETSTAT"));
    }
    List<String> statements =
        Statements.of(
            variant.database(),
            () -> {
              agent.signOut(session);
              if (redis != null) {
                Await.until("the message", () -> redis.exists(marker));
                Await.until(
                    "an empty outbox",
                    () -> variant.database().count("select count(*) from outbox_entry") == 0);
              }
            });
    return Statements.kinds(statements);
  }

  private static Map<String, Long> calls(String commandStats) {
    Map<String, Long> calls = new TreeMap<>();
    Matcher matcher = CALLS.matcher(commandStats);
    while (matcher.find()) {
      calls.put(matcher.group(1), Long.parseLong(matcher.group(2)));
    }
    // Our own.
    calls.keySet().removeIf(name -> name.matches("exists|info|config.*|hello|client.*"));
    return calls;
  }
}
