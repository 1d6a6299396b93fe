package dev.ssologout.benchmark;

import dev.ssologout.launcher.KeycloakInstallation;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import redis.clients.jedis.RedisClient;

/** The servers of one section, which end with it, and what it has found. */
final class Lab implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("Keycloak (\\S+) on JVM");
  private static final Pattern REDIS_VERSION = Pattern.compile("redis_version:(\\S+)");

  private final Report report;
  private final Section section;
  private final Path work;
  private final Path bundle;
  private final Path providers;
  private final boolean quick;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /** What is in a Keycloak. */
  enum With {
    /** Nothing: the distribution as it comes. */
    NOTHING,
    /** The extension. */
    EXTENSION,
    /** The extension, and what it is compared with, Keycloak's own SSF transmitter too. */
    EXTENSION_AND_OTHERS,
    /** What the extension is compared with. */
    OTHERS
  }

  /**
   * @param bundle the JAR for Keycloak
   * @param providers that of what is compared with it
   * @param quick whether to do little, to see that all works
   */
  Lab(Report report, Section section, Path work, Path bundle, Path providers, boolean quick) {
    this.report = report;
    this.section = section;
    this.work = work;
    this.bundle = bundle;
    this.providers = providers;
    this.quick = quick;
  }

  /** The size of something: small to see that it works, or what it takes to be believed. */
  int size(int small, int real) {
    return quick ? small : real;
  }

  boolean isQuick() {
    return quick;
  }

  /** For files. */
  Path work() {
    return work;
  }

  void say(String what) {
    report.say("  " + what);
  }

  void add(Comparison comparison) {
    report.add(section, comparison);
  }

  /** A sentence for the reader of the report. */
  void note(String sentence) {
    report.note(section, sentence);
  }

  /** Closes it at the end, before what was opened earlier. */
  <T extends AutoCloseable> T open(T what) {
    open.push(what);
    return what;
  }

  RedisServer redis() {
    RedisServer redis = open(RedisServer.builder().build()).start();
    try (RedisClient client = RedisClient.create(redis.uri())) {
      report.version("Redis", find(REDIS_VERSION, client.info("server")));
    }
    return redis;
  }

  RedisClient connect(RedisServer redis) {
    return open(RedisClient.create(redis.uri()));
  }

  PostgresServer postgres() {
    PostgresServer postgres = open(new PostgresServer());
    postgres.start();
    String version =
        Database.create(postgres, "version").query("show server_version").get(0).get(0);
    report.version("PostgreSQL", version);
    return postgres;
  }

  /** Starts a Keycloak on H2, in memory. */
  Site keycloak(With with, String... options) {
    return site(KeycloakServer.of(installation(with)), List.of(options));
  }

  /** Starts a Keycloak on PostgreSQL. */
  Site keycloak(With with, Database database, String... options) {
    return site(
        KeycloakServer.of(installation(with, "--db=postgres")),
        Stream.concat(database.options().stream(), Stream.of(options)).toList());
  }

  static String redisOption(URI redis) {
    return "--spi-redis-connection--jedis--uri=" + redis;
  }

  private Site site(KeycloakServer.Builder builder, List<String> options) {
    KeycloakServer keycloak =
        open(
            builder
                .options(options.toArray(String[]::new))
                // Several at once, each with as much as one of a small installation has.
                .jvmOptions("-Xms256m", "-Xmx1g")
                .build());
    keycloak.start();
    report.version("Keycloak", find(VERSION, keycloak.log()));
    return new Site(keycloak);
  }

  private KeycloakInstallation installation(With with, String... buildOptions) {
    List<Path> jars = new ArrayList<>();
    if (with == With.EXTENSION || with == With.EXTENSION_AND_OTHERS) {
      jars.add(bundle);
    }
    if (with == With.OTHERS || with == With.EXTENSION_AND_OTHERS) {
      jars.add(providers);
    }
    List<String> options = new ArrayList<>(List.of(buildOptions));
    if (with == With.EXTENSION_AND_OTHERS) {
      options.add("--features=ssf");
    }
    return KeycloakInstallation.in(work.resolve("keycloak"))
        .providers(jars.toArray(Path[]::new))
        .buildOptions(options.toArray(String[]::new))
        .prepare();
  }

  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : "of an unknown version";
  }

  @Override
  public void close() {
    closeServers();
  }

  /** Ends whatever runs, to make room. */
  void closeServers() {
    RuntimeException failure = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        // Not before the others are closed too.
        failure = new IllegalStateException("a server could not be ended", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
