package dev.ssologout.demo;

import dev.ssologout.launcher.JavaServer;
import dev.ssologout.launcher.KeycloakInstallation;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.LaunchException;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import redis.clients.jedis.RedisClient;

/** All that the demo runs: Redis, Keycloak, the apps, and the pages. */
final class Stage implements AutoCloseable {

  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration WATCH = Duration.ofMillis(500);
  private static final int SHORT_LIFESPAN_SECONDS = 60;
  private static final Duration EXPIRY_LIMIT = Duration.ofMinutes(6);
  private static final String REDIS = "redis";

  /**
   * What to start.
   *
   * @param ownRedis a Redis that runs already, or {@code null} for one of the demo's own
   * @param redisPort the port of that
   * @param replicas of the shop
   */
  record Plan(
      Places places, int managementPort, RedisAccess ownRedis, int redisPort, int replicas) {}

  /** How a session can be ended. */
  enum Way {
    /** The user does it, on another device. */
    USER,
    /** An administrator does it. */
    ADMIN,
    /** The realm's sessions get too old. */
    EXPIRY,
    /** The user changes the password and has other devices signed out. */
    PASSWORD,
    /** An administrator deletes the account. */
    ACCOUNT
  }

  /**
   * Whether a process runs.
   *
   * @param replaceable whether it can be ended and started again from the control page
   */
  record ProcessState(String name, boolean up, boolean replaceable) {}

  private final Places places;
  private final Consumer<String> notices;
  private final Story story = new Story();
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, SsoUser> otherDevices = new ConcurrentHashMap<>();
  private final Map<String, String> usernames = new ConcurrentHashMap<>();

  private RedisServer redis;
  private RedisAccess redisAccess;
  private RedisClient redisClient;
  private KeycloakServer keycloak;
  private KeycloakAdmin admin;
  private RelyingParties relyingParties;
  private volatile List<KeycloakAdmin.Session> sessions = List.of();
  private Consumer<SessionEnded> listener = message -> {};

  private Stage(Places places, Consumer<String> notices) {
    this.places = places;
    this.notices = notices;
  }

  /**
   * Starts everything.
   *
   * @param notices told what a person at the terminal should know
   */
  static Stage start(Plan plan, Screen screen, Consumer<String> notices) {
    Stage stage = new Stage(plan.places(), notices);
    try {
      stage.start(plan, screen);
      return stage;
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  private void start(Plan plan, Screen screen) {
    if (plan.ownRedis() == null) {
      redis =
          keep(
              screen.step(
                  "Start Redis on port " + plan.redisPort(),
                  // So that a stop loses nothing.
                  RedisServer.builder().port(plan.redisPort()).config("appendonly yes")::start));
      redisAccess = new RedisAccess(redis.uri());
      redisClient = keep(redisAccess.connect());
    } else {
      redisAccess = plan.ownRedis();
      redisClient =
          keep(screen.step("Connect to Redis at " + redisAccess.place(), redisAccess::connect));
    }
    String secret = secret();
    keycloak = startKeycloak(plan, screen, secret);
    URI here = URI.create("http://localhost:" + places.keycloak().getPort());
    admin = new KeycloakAdmin(here);
    relyingParties = keep(new RelyingParties(places, redisAccess.uri(), secret, plan.replicas()));
    screen.step(
        "Start the apps, one of them with %d replicas".formatted(plan.replicas()),
        () -> {
          relyingParties.start();
          return null;
        });
    keep(
        AuditTrail.follow(
            relyingParties.processes().values().stream().map(JavaServer::logFile).toList(),
            story::audit));
    follow();
    if (places.hasStudio()) {
      keep(new Studio(places, story, oidcClient()));
    }
    keep(new ControlPage(this, places.page(Places.CONTROL)));
    thread("sessions", this::lookAtSessions);
  }

  private KeycloakServer startKeycloak(Plan plan, Screen screen, String secret) {
    Path work = Path.of(property("demo.work"));
    KeycloakInstallation installation =
        screen.step(
            "Prepare Keycloak with the extension",
            () ->
                KeycloakInstallation.in(work.resolve("keycloak"))
                    .providers(Path.of(property("demo.bundle")))
                    .prepare());
    int port = places.keycloak().getPort();
    Path directory = null;
    try {
      directory = Files.createTempDirectory("realms-");
      URI shop = URI.create("http://localhost:" + places.page(Places.SHOP).getPort());
      return keep(
          screen.step(
              "Start Keycloak on port " + port,
              KeycloakServer.of(installation)
                      .httpPort(port)
                      .managementPort(plan.managementPort())
                      .options("--hostname=" + places.keycloak())
                      .env("KC_SPI_REDIS_CONNECTION__JEDIS__URI", redisAccess.forKeycloak())
                      // The least that Keycloak takes; its default is three minutes.
                      .env("KC_SPI_USER_SESSIONS__INFINISPAN__SESSION_EXPIRATION_PERIOD", "60")
                      .realms(RealmFiles.write(directory, places, secret, shop))
                  ::start));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(directory);
    }
  }

  private static void delete(Path directory) {
    if (directory != null) {
      try {
        for (String realm : RealmFiles.REALMS) {
          Files.deleteIfExists(directory.resolve(realm + ".json"));
        }
        Files.delete(directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void follow() {
    LogoutNames names = new LogoutNames(LogoutNames.DEFAULT_PREFIX);
    List<String> channels = RealmFiles.REALMS.stream().map(names::realm).toList();
    MessageFeed feed = keep(MessageFeed.listen(redisClient, channels, notices));
    thread(
        "messages",
        () -> {
          while (closed.getCount() > 0) {
            MessageFeed.Received received = feed.poll(WATCH);
            if (received != null) {
              tell(received);
            }
          }
        });
  }

  private void tell(MessageFeed.Received received) {
    try {
      SessionEnded message = SessionEndedCodec.decode(received.json());
      story.ended(message, received.name(), usernames.get(message.sid()));
      listener.accept(message);
    } catch (MalformedMessageException e) {
      notices.accept("not a message of ours: " + e.getMessage());
    }
  }

  /** Has each message told to somebody else too. */
  void onMessage(Consumer<SessionEnded> told) {
    this.listener = told;
  }

  private void lookAtSessions() {
    try {
      do {
        try {
          List<KeycloakAdmin.Session> found = new ArrayList<>();
          for (String realm : RealmFiles.REALMS) {
            found.addAll(admin.sessions(realm));
          }
          found.forEach(each -> usernames.put(each.sid(), each.username()));
          sessions = found;
        } catch (DemoException e) {
          // Keycloak is busy, or ending; the next look will do.
        }
      } while (!closed.await(POLL.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Places places() {
    return places;
  }

  Story story() {
    return story;
  }

  KeycloakAdmin admin() {
    return admin;
  }

  KeycloakServer keycloak() {
    return keycloak;
  }

  RedisClient redis() {
    return redisClient;
  }

  RedisAccess redisAccess() {
    return redisAccess;
  }

  /** The sessions of a moment ago. */
  List<KeycloakAdmin.Session> sessions() {
    return sessions;
  }

  /** Ends a session in the way chosen. */
  void end(KeycloakAdmin.Session session, Way way) {
    String realm = session.realm();
    switch (way) {
      case USER -> otherDevice(session).endSession(session.sid());
      case ADMIN -> admin.endSession(realm, session.sid());
      case PASSWORD -> otherDevice(session).changePassword();
      case ACCOUNT -> admin.deleteUser(realm, session.username());
      case EXPIRY -> expire(realm);
    }
  }

  /** One for each user, whose session stays. */
  private SsoUser otherDevice(KeycloakAdmin.Session session) {
    return otherDevices.computeIfAbsent(
        session.realm() + "/" + session.username(),
        key -> new SsoUser(places.keycloak(), session.realm(), session.username()));
  }

  /** For as long as it takes Keycloak to find sessions that are too old. */
  private void expire(String realm) {
    int usual = admin.sessionLifespan(realm);
    if (usual == SHORT_LIFESPAN_SECONDS) {
      return;
    }
    admin.setSessionLifespan(realm, SHORT_LIFESPAN_SECONDS);
    thread(
        "expiry",
        () -> {
          try {
            if (!closed.await(EXPIRY_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
              admin.setSessionLifespan(realm, usual);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** What runs, and what does not. */
  List<ProcessState> processStates() {
    List<ProcessState> states = new ArrayList<>();
    states.add(new ProcessState("keycloak", keycloak.isAlive(), false));
    if (redis != null) {
      states.add(new ProcessState(REDIS, redis.isAlive(), true));
    }
    relyingParties
        .processes()
        .forEach(
            (name, process) ->
                states.add(
                    new ProcessState(name, process.isAlive(), name.startsWith(Places.SHOP + "-"))));
    return states;
  }

  /** Ends a process: Redis gracefully, a replica as {@code kill -9} does. */
  void stopProcess(String name) {
    if (name.equals(REDIS) && redis != null) {
      redis.stop();
    } else {
      replica(name).kill();
    }
  }

  /** Starts a process again that was ended. */
  void startProcess(String name) {
    try {
      if (name.equals(REDIS) && redis != null) {
        redis.start();
      } else {
        replica(name).start();
      }
    } catch (LaunchException e) {
      throw new DemoException(e.getMessage());
    }
  }

  private JavaServer replica(String name) {
    JavaServer process = relyingParties.processes().get(name);
    if (process == null || !name.startsWith(Places.SHOP + "-")) {
      throw new DemoException(name + " cannot be ended alone");
    }
    return process;
  }

  private <T extends AutoCloseable> T keep(T part) {
    running.push(part);
    return part;
  }

  private static void thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** The library for browsers that the single-page app signs in with; npm brings it. */
  static Path oidcClient() {
    return Path.of(property("demo.oidc-client"));
  }

  private static String secret() {
    byte[] bytes = new byte[24];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new DemoException("start the demo with bin/demo");
    }
    return value;
  }

  @Override
  public void close() {
    closed.countDown();
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception e) {
        notices.accept("while ending: " + e.getMessage());
      }
    }
  }
}
