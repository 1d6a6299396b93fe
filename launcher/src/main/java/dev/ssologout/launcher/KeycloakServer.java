package dev.ssologout.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Keycloak in a process of its own, listening on the loopback address.
 *
 * <p>It has a home directory of its own ({@code conf}, {@code data}, realm files), linked to the
 * installation's files. With the default database {@code dev-mem} all data ends with the process;
 * with another one a server can be started again after {@link #stop()} or {@link #kill()}, on the
 * same ports.
 */
public final class KeycloakServer implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(300);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  // Says at every poll that the server is not ready yet, which hides what matters.
  private static final String QUIET_HEALTH = "--log-level-io.smallrye.health=WARN";
  private static final int HEALTH_MILLIS = 2_000;

  private final Builder settings;
  private final int httpPort;
  private final int managementPort;
  private final Path directory;
  private final Log log;
  private volatile ChildProcess process;

  private KeycloakServer(Builder settings) {
    this.settings = settings;
    this.httpPort = settings.httpPort != 0 ? settings.httpPort : FreePort.find();
    this.managementPort = settings.managementPort != 0 ? settings.managementPort : FreePort.find();
    this.directory =
        settings.directory != null
            ? settings.directory.toAbsolutePath()
            : settings.installation.newServerDirectory();
    this.log = new Log(directory.resolve("keycloak.log"));
  }

  /** Begins a server that runs from the installation. */
  public static Builder of(KeycloakInstallation installation) {
    return new Builder(installation);
  }

  /**
   * Starts the server and waits until it is ready, realms included.
   *
   * @throws LaunchException when a port is taken, the process ends or the time is over, with the
   *     end of the log
   */
  public synchronized KeycloakServer start() {
    if (isAlive()) {
      throw new LaunchException("Keycloak runs already");
    }
    FreePort.require(httpPort);
    FreePort.require(managementPort);
    Path home = makeHome();
    ProcessBuilder command = Kc.command(home, arguments(), settings.jvmOptions);
    command.environment().putAll(settings.env);
    process = ChildProcess.start("Keycloak", command, log);
    process.awaitReady(this::isReady, POLL, settings.startLimit);
    return this;
  }

  /** Ends the server gracefully; after 20 seconds, by force. */
  public synchronized void stop() {
    if (process != null) {
      process.stop(STOP_LIMIT);
    }
  }

  /** Ends the server as {@code kill -9} does. */
  public synchronized void kill() {
    if (process != null) {
      process.kill();
    }
  }

  /** Ends the server and deletes its directory, unless the builder was given one. */
  @Override
  public void close() {
    stop();
    if (settings.directory == null) {
      Reaper.delete(directory);
    }
  }

  /**
   * Where users and clients find Keycloak: {@code http://localhost:<port>}, no slash at the end.
   */
  public URI url() {
    return URI.create("http://localhost:" + httpPort);
  }

  /** Where health and metrics are: {@code http://localhost:<port>}, no slash at the end. */
  public URI managementUrl() {
    return URI.create("http://localhost:" + managementPort);
  }

  /** The file with the server's output, that of earlier starts included. */
  public Path logFile() {
    return log.file();
  }

  /** The server's output so far. */
  public String log() {
    return log.text();
  }

  /** Whether the process runs. */
  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** The process id of the server's JVM. */
  public long pid() {
    if (process == null) {
      throw new LaunchException("Keycloak was not started");
    }
    return process.programPid();
  }

  private Path makeHome() {
    Path home = directory.resolve("home");
    try {
      if (!Files.exists(home)) {
        Files.createDirectories(directory);
        settings.installation.linkTo(home);
      }
      Path realms = Files.createDirectories(home.resolve("data").resolve("import"));
      for (Path realm : settings.realms) {
        FileTree.copy(realm, realms.resolve(realm.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return home;
  }

  private List<String> arguments() {
    List<String> defaults =
        new ArrayList<>(
            List.of(
                "--optimized",
                "--cache=local",
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                QUIET_HEALTH,
                "--http-port=" + httpPort,
                "--http-management-port=" + managementPort));
    if (settings.options.stream().noneMatch(option -> option.startsWith("--hostname"))) {
      defaults.add("--hostname=" + url());
    }
    if (!settings.realms.isEmpty()) {
      defaults.add("--import-realm");
    }
    List<String> options = Kc.withDefaults(settings.options, defaults);
    return Stream.concat(Stream.of("start"), options.stream()).toList();
  }

  private boolean isReady() {
    try {
      URI ready = URI.create("http://127.0.0.1:" + managementPort + "/health/ready");
      HttpURLConnection connection = (HttpURLConnection) ready.toURL().openConnection();
      connection.setConnectTimeout(HEALTH_MILLIS);
      connection.setReadTimeout(HEALTH_MILLIS);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Says how a server is started. */
  public static final class Builder {

    private final KeycloakInstallation installation;
    private final Map<String, String> env = new LinkedHashMap<>();
    private List<String> options = List.of();
    private List<String> jvmOptions = List.of("-XX:TieredStopAtLevel=1");
    private List<Path> realms = List.of();
    private Duration startLimit = Duration.ofMinutes(3);
    private Path directory;
    private int httpPort;
    private int managementPort;

    private Builder(KeycloakInstallation installation) {
      this.installation = installation;
      env.put("KC_BOOTSTRAP_ADMIN_USERNAME", "admin");
      env.put("KC_BOOTSTRAP_ADMIN_PASSWORD", "admin");
    }

    /**
     * Options of {@code kc.sh start} as on its command line. They go before what the launcher sets:
     * {@code --cache=local} and, unless any hostname option is among them, {@code --hostname=} with
     * {@link KeycloakServer#url()}.
     */
    public Builder options(String... startOptions) {
      this.options = List.of(startOptions);
      return this;
    }

    /**
     * An environment variable, the place for a secret. The administrator is {@code admin} with the
     * password {@code admin} unless {@code KC_BOOTSTRAP_ADMIN_*} says otherwise.
     */
    public Builder env(String name, String value) {
      env.put(name, value);
      return this;
    }

    /**
     * Options of the server's JVM in place of {@code -XX:TieredStopAtLevel=1}, which halves the
     * time to start but is wrong for measuring; call without any for Keycloak's own.
     */
    public Builder jvmOptions(String... appended) {
      this.jvmOptions = List.of(appended);
      return this;
    }

    /** Realm files to import at the first start. */
    public Builder realms(Path... files) {
      this.realms = List.of(files);
      return this;
    }

    /** The port of {@link KeycloakServer#url()}; by default a free one. */
    public Builder httpPort(int port) {
      this.httpPort = port;
      return this;
    }

    /** The port of {@link KeycloakServer#managementUrl()}; by default a free one. */
    public Builder managementPort(int port) {
      this.managementPort = port;
      return this;
    }

    /**
     * A directory for the server's home and log, which is left there at the end; by default a
     * temporary one. Give each server its own.
     */
    public Builder directory(Path serverDirectory) {
      this.directory = serverDirectory;
      return this;
    }

    /** How long a start may take, 3 minutes by default. */
    public Builder startLimit(Duration limit) {
      this.startLimit = limit;
      return this;
    }

    /** Chooses the ports; {@link KeycloakServer#start()} starts. */
    public KeycloakServer build() {
      return new KeycloakServer(this);
    }

    /** Starts the server and waits until it is ready, see {@link KeycloakServer#start()}. */
    public KeycloakServer start() {
      return closeOnFailure(build());
    }

    private static KeycloakServer closeOnFailure(KeycloakServer server) {
      try {
        return server.start();
      } catch (RuntimeException e) {
        server.close();
        throw e;
      }
    }
  }
}
