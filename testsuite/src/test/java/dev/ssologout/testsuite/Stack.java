package dev.ssologout.testsuite;

import dev.ssologout.launcher.KeycloakInstallation;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.keycloak.admin.client.Keycloak;
import org.keycloak.representations.idm.RealmRepresentation;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;

/** A Redis and a Keycloak, of one node or several, with the bundle that sends to it. */
final class Stack implements AutoCloseable {
  private static final String PASSWORD = "keycloak's own";
  private static final Path WORK = Path.of(System.getProperty("testsuite.work"));
  private static final Path BUNDLE = Path.of(System.getProperty("testsuite.bundle"));
  private static final Path PROVIDERS = Path.of(System.getProperty("testsuite.providers"));

  private final RedisServer redis;
  private final Runnable closeOthers;
  private final Supplier<UnifiedJedis> connector;
  private final List<Node> nodes;
  private final URI url;
  private final Keycloak admin;
  private final RelyingParties relyingParties = new RelyingParties();
  private final List<String> expectedErrors = new CopyOnWriteArrayList<>();

  private Stack(RedisServer redis, KeycloakServer keycloak) {
    this(redis, redis::close, () -> RedisClient.create(redis.uri()), keycloak);
  }

  private Stack(
      RedisServer redis,
      Runnable closeOthers,
      Supplier<UnifiedJedis> connector,
      KeycloakServer keycloak) {
    this(redis, closeOthers, connector, List.of(new Process(keycloak)), keycloak.url());
  }

  private Stack(
      RedisServer redis,
      Runnable closeOthers,
      Supplier<UnifiedJedis> connector,
      List<? extends Node> nodes,
      URI url) {
    this.redis = redis;
    this.closeOthers = closeOthers;
    this.connector = connector;
    this.nodes = List.copyOf(nodes);
    this.url = url;
    this.admin = Keycloak.getInstance(url.toString(), "master", "admin", "admin", "admin-cli");
  }

  /**
   * Starts both; Keycloak is the user that the documentation tells to make. With the system
   * property {@code testsuite.database=postgres} it is {@link #startOnPostgres(String...)}.
   *
   * @param options of Keycloak's start, added to those of the suite
   */
  static Stack start(String... options) {
    if ("postgres".equals(System.getProperty("testsuite.database"))) {
      return startOnPostgres(options);
    }
    RedisServer redis = redisWithUser();
    return start(redis, redis.uri("keycloak", PASSWORD), options);
  }

  /** Starts both and a PostgreSQL, of which Keycloak has a schema other than the default one. */
  static Stack startOnPostgres(String... options) {
    RedisServer redis = redisWithUser();
    PostgresServer postgres = new PostgresServer().start();
    new Database(postgres).update("create schema keycloak");
    return startOnPostgres(
        redis,
        redis.uri("keycloak", PASSWORD),
        postgres.jdbcUrl(),
        () -> {
          redis.close();
          postgres.close();
        },
        Stream.concat(Stream.of("--db-schema=keycloak"), Stream.of(options))
            .toArray(String[]::new));
  }

  private static RedisServer redisWithUser() {
    return RedisServer.builder().config(DocumentedAcl.user("keycloak", PASSWORD)).start();
  }

  /** Starts a Keycloak beside the Redis, which need not run yet and which the stack then owns. */
  static Stack start(RedisServer redis, URI uri, String... options) {
    try {
      return new Stack(redis, keycloak(uri, options).start());
    } catch (RuntimeException e) {
      redis.close();
      throw e;
    }
  }

  /**
   * Starts a Keycloak beside several Redis servers.
   *
   * @param closeRedis ends those servers
   * @param connector connects the tests to them
   */
  static Stack start(
      URI uri, Runnable closeRedis, Supplier<UnifiedJedis> connector, String... options) {
    try {
      return new Stack(null, closeRedis, connector, keycloak(uri, options).start());
    } catch (RuntimeException e) {
      closeRedis.run();
      throw e;
    }
  }

  /**
   * As {@link #start}, with online sessions in memory only, and without what nothing may need:
   * metrics, and login forms of ours.
   */
  static Stack startWithoutPersistentSessions() {
    RedisServer redis = RedisServer.builder().start();
    return startBuilt(
        List.of(
            "--features-disabled=persistent-user-sessions",
            "--metrics-enabled=false",
            "--spi-login--provider=freemarker"),
        redis,
        redis.uri());
  }

  /**
   * As {@link #start(RedisServer, URI, String...)}, with a Keycloak that was built so.
   *
   * @param buildOptions of {@code kc.sh build}
   */
  static Stack startBuilt(
      List<String> buildOptions, RedisServer redis, URI uri, String... options) {
    try {
      KeycloakInstallation installation =
          KeycloakInstallation.in(WORK)
              .providers(BUNDLE)
              .buildOptions(buildOptions.toArray(String[]::new))
              .prepare();
      return new Stack(redis, keycloak(installation, uri, options).start());
    } catch (RuntimeException e) {
      redis.close();
      throw e;
    }
  }

  /**
   * Starts a Keycloak on a PostgreSQL, so that it can be ended in any way and started again.
   *
   * @param jdbcUrl how Keycloak reaches the PostgreSQL
   * @param closeOthers ends Redis and PostgreSQL, and whatever lies between
   */
  static Stack startOnPostgres(
      RedisServer redis, URI uri, String jdbcUrl, Runnable closeOthers, String... options) {
    try {
      return new Stack(
          redis,
          closeOthers,
          () -> RedisClient.create(redis.uri()),
          keycloakOnPostgres(uri, jdbcUrl, options).start());
    } catch (RuntimeException e) {
      closeOthers.run();
      throw e;
    }
  }

  /** A Keycloak as of {@link #startOnPostgres}, to be started. */
  static KeycloakServer.Builder keycloakOnPostgres(URI redis, String jdbcUrl, String... options) {
    KeycloakInstallation installation =
        KeycloakInstallation.in(WORK)
            .providers(BUNDLE, PROVIDERS)
            .buildOptions("--db=postgres")
            .prepare();
    return keycloak(
        installation,
        redis,
        Stream.concat(
                Stream.of(
                    "--db-url=" + jdbcUrl,
                    "--db-username=" + PostgresServer.USER,
                    "--db-password=none"),
                Stream.of(options))
            .toArray(String[]::new));
  }

  /**
   * Of Keycloak nodes that run.
   *
   * @param url what stands before them
   * @param closeOthers ends what is neither Keycloak nor the stack's own
   */
  static Stack of(RedisServer redis, List<KeycloakServer> nodes, URI url, Runnable closeOthers) {
    return new Stack(
        redis,
        closeOthers,
        () -> RedisClient.create(redis.uri()),
        nodes.stream().map(Process::new).toList(),
        url);
  }

  /**
   * Of a Keycloak that is no process of ours.
   *
   * @param closeOthers ends what the Keycloak needs
   * @param connector connects the tests to Redis
   */
  static Stack of(Node keycloak, URI url, Runnable closeOthers, Supplier<UnifiedJedis> connector) {
    return new Stack(null, closeOthers, connector, List.of(keycloak), url);
  }

  /** A Keycloak with the bundle, to be started; sends to the Redis. */
  static KeycloakServer.Builder keycloak(URI redis, String... options) {
    return keycloak(installation(), redis, options);
  }

  /** As {@link #keycloak}, with nothing of the suite's own in it. */
  static KeycloakServer.Builder untouchedKeycloak(URI redis, String... options) {
    return keycloak(installation(BUNDLE), redis, options);
  }

  private static KeycloakServer.Builder keycloak(
      KeycloakInstallation installation, URI redis, String... options) {
    return KeycloakServer.of(installation)
        .options(
            Stream.concat(
                    Stream.of(
                        "--spi-redis-connection--jedis--uri=" + redis,
                        // The least that Keycloak takes; its default is three minutes.
                        "--spi-user-sessions--infinispan--session-expiration-period=60",
                        "--log-level=INFO,io.smallrye.health:WARN,dev.ssologout:DEBUG"),
                    Stream.of(options))
                .toArray(String[]::new));
  }

  /** The stock distribution with the bundle and what the tests put beside it. */
  static KeycloakInstallation installation() {
    return installation(BUNDLE, PROVIDERS);
  }

  private static KeycloakInstallation installation(Path... providers) {
    return KeycloakInstallation.in(WORK).providers(providers).prepare();
  }

  /** A test is about to bring about errors with these words, which are no failure. */
  void expectErrors(String words) {
    expectedErrors.add(words);
  }

  /** Waits until a line of Keycloak's log, from a place in it on, has all these parts. */
  void awaitLog(int from, String... parts) {
    Awaitility.await(String.join(" ... ", parts))
        .atMost(MessageLog.PATIENCE)
        .until(
            () ->
                log()
                    .substring(from)
                    .lines()
                    .anyMatch(line -> Stream.of(parts).allMatch(line::contains)));
  }

  /** The one Redis; {@code null} where there are several, or it is no process of ours. */
  RedisServer redis() {
    return redis;
  }

  /** The one Keycloak, or the first node, where it is a process of ours. */
  KeycloakServer keycloak() {
    return ((Process) nodes.get(0)).server();
  }

  /** What Keycloak, or the first node, has said so far. */
  String log() {
    return nodes.get(0).log();
  }

  /** Where health and metrics of Keycloak, or of the first node, are; no slash at the end. */
  URI managementUrl() {
    return nodes.get(0).managementUrl();
  }

  /** Where users and clients find Keycloak, no slash at the end. */
  URI url() {
    return url;
  }

  /** Whether a node runs. */
  boolean isAlive() {
    return nodes.stream().anyMatch(Node::isAlive);
  }

  /** Connects to Redis as its operator. */
  UnifiedJedis connect() {
    return connector.get();
  }

  Keycloak admin() {
    return admin;
  }

  /** Where Keycloak's own back-channel logout goes. */
  RelyingParties relyingParties() {
    return relyingParties;
  }

  /** A realm with the listener on; see {@link TestRealm}. */
  TestRealm createRealm() {
    return createRealm(realm -> {});
  }

  /**
   * @param settings changes the realm before it is created
   */
  TestRealm createRealm(Consumer<RealmRepresentation> settings) {
    return TestRealm.create(this, settings);
  }

  /** Fails with the answer's text unless the status is 2xx. */
  static void succeeded(Response response) {
    try (response) {
      if (response.getStatusInfo().getFamily() != Response.Status.Family.SUCCESSFUL) {
        throw new IllegalStateException(
            response.getStatus() + " " + response.readEntity(String.class));
      }
    }
  }

  /**
   * Ends all.
   *
   * @throws IllegalStateException if anything went wrong in our code meanwhile, whichever test it
   *     was
   */
  @Override
  public void close() {
    admin.close();
    relyingParties.close();
    nodes.forEach(Node::stop);
    String failures =
        nodes.stream()
            .flatMap(node -> node.log().lines())
            .filter(line -> line.contains(" ERROR ") && line.contains("dev.ssologout"))
            .filter(line -> expectedErrors.stream().noneMatch(line::contains))
            .collect(Collectors.joining("\n"));
    nodes.forEach(Node::close);
    closeOthers.run();
    if (!failures.isEmpty()) {
      throw new IllegalStateException(failures);
    }
  }

  /** A Keycloak that runs. */
  interface Node {
    URI managementUrl();

    /** The output so far, also after the end. */
    String log();

    boolean isAlive();

    /** Ends it; its log can still be read. */
    void stop();

    /** Removes what is left of it. */
    void close();
  }

  private record Process(KeycloakServer server) implements Node {
    @Override
    public URI managementUrl() {
      return server.managementUrl();
    }

    @Override
    public String log() {
      return server.log();
    }

    @Override
    public boolean isAlive() {
      return server.isAlive();
    }

    @Override
    public void stop() {
      server.stop();
    }

    @Override
    public void close() {
      server.close();
    }
  }
}
