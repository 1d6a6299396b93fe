package dev.ssologout.launcher;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import redis.embedded.core.ExecutableProvider;

/**
 * A Redis in a process of its own, listening on the loopback address.
 *
 * <p>After {@link #stop()} or {@link #kill()} it can be started again, on the same port and with
 * the same data directory; data survives that only with {@code appendonly yes} or {@code save}.
 */
public final class RedisServer implements AutoCloseable {

  private static final String SERVER_PROPERTY = "launcher.redis.server";
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration START_LIMIT = Duration.ofSeconds(15);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final int PING_MILLIS = 500;
  private static final int ASK_MILLIS = 5000;

  private final Builder settings;
  private final int port;
  private final int tlsPort;
  private final Path directory;
  private final Log log;
  private volatile ChildProcess process;

  private RedisServer(Builder settings) {
    this.settings = settings;
    this.port = settings.port != 0 ? settings.port : FreePort.find();
    this.tlsPort = settings.tls.isEmpty() ? 0 : FreePort.find();
    this.directory =
        settings.directory != null ? settings.directory.toAbsolutePath() : newDirectory();
    this.log = new Log(directory.resolve("redis.log"));
  }

  /** Begins a Redis without password and without persistence on a free port. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Starts Redis and waits until it answers.
   *
   * @throws LaunchException when the port is taken, the process ends or the time is over, with the
   *     end of the log
   */
  public synchronized RedisServer start() {
    if (isAlive()) {
      throw new LaunchException("Redis runs already");
    }
    FreePort.require(port);
    try {
      Files.createDirectories(directory);
      Path config = Files.write(directory.resolve("redis.conf"), config());
      process =
          ChildProcess.start(
              "Redis", new ProcessBuilder(command(config)).directory(directory.toFile()), log);
    } catch (IOException e) {
      throw new LaunchException("Redis could not be started: " + e.getMessage(), e);
    }
    process.awaitReady(this::answers, POLL, START_LIMIT);
    return this;
  }

  /** Ends Redis gracefully; after 10 seconds, by force. */
  public synchronized void stop() {
    if (process != null) {
      process.stop(STOP_LIMIT);
    }
  }

  /** Ends Redis as {@code kill -9} does. */
  public synchronized void kill() {
    if (process != null) {
      process.kill();
    }
  }

  /** Makes Redis hang: connections are accepted by the system, and nothing answers. */
  public synchronized void pause() {
    running().pause();
  }

  /** Ends a {@link #pause()}. */
  public synchronized void resume() {
    running().resume();
  }

  /** Ends Redis and deletes its directory, unless the builder was given one. */
  @Override
  public void close() {
    stop();
    if (settings.directory == null) {
      Reaper.delete(directory);
    }
  }

  /** {@code redis://127.0.0.1:<port>}, with the builder's password if there is one. */
  public URI uri() {
    return settings.password == null ? uri("") : uri(":" + encode(settings.password) + "@");
  }

  /** The URI for an ACL user. */
  public URI uri(String user, String password) {
    return uri(encode(user) + ":" + encode(password) + "@");
  }

  /**
   * The URI for an ACL user by TLS, {@code rediss://...@localhost:<port>}.
   *
   * @throws LaunchException if the builder was not told {@link Builder#tls}
   */
  public URI tlsUri(String user, String password) {
    if (tlsPort == 0) {
      throw new LaunchException("Redis does not speak TLS");
    }
    return URI.create(
        "rediss://" + encode(user) + ":" + encode(password) + "@localhost:" + tlsPort);
  }

  /** The port, known before the start. */
  public int port() {
    return port;
  }

  /** The output of Redis so far. */
  public String log() {
    return log.text();
  }

  /** Whether the process runs, or hangs. */
  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** The process id. */
  public long pid() {
    return running().pid();
  }

  private ChildProcess running() {
    if (process == null) {
      throw new LaunchException("Redis was not started");
    }
    return process;
  }

  private URI uri(String userInfo) {
    return URI.create("redis://" + userInfo + "127.0.0.1:" + port);
  }

  private List<String> command(Path config) throws IOException {
    List<String> command = new ArrayList<>(List.of(executable().toString(), config.toString()));
    if (settings.sentinel) {
      command.add("--sentinel");
    }
    return command;
  }

  private List<String> config() {
    List<String> lines =
        new ArrayList<>(List.of("bind 127.0.0.1", "port " + port, "dir \"" + directory + "\""));
    if (!settings.sentinel) {
      lines.addAll(List.of("save \"\"", "appendonly no"));
    }
    if (settings.password != null) {
      lines.add("requirepass \"" + settings.password + "\"");
    }
    if (tlsPort != 0) {
      lines.add("tls-port " + tlsPort);
      lines.addAll(settings.tls);
    }
    lines.addAll(settings.config);
    return lines;
  }

  private Path executable() throws IOException {
    if (settings.executable != null) {
      return settings.executable;
    }
    String override = System.getProperty(SERVER_PROPERTY);
    if (override != null) {
      return Path.of(override);
    }
    File unpacked = ExecutableProvider.newJarResourceProvider(directory.toFile()).get();
    return unpacked.toPath();
  }

  /**
   * The answer to a command without spaces in its words: a String, a Long, a List or {@code null}.
   *
   * @throws IOException if there is none, or it is an error
   */
  Object ask(String... command) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), PING_MILLIS);
      socket.setSoTimeout(ASK_MILLIS);
      socket
          .getOutputStream()
          .write((String.join(" ", command) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      return RedisAnswer.read(new BufferedInputStream(socket.getInputStream()));
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), PING_MILLIS);
      socket.setSoTimeout(PING_MILLIS);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
      return answer.equals("+PONG") || answer.equals("-NOAU");
    } catch (IOException notYet) {
      return false;
    }
  }

  private static Path newDirectory() {
    try {
      Path directory = Files.createTempDirectory("redis-");
      Reaper.deleteAtEnd(directory);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Says how Redis is started. */
  public static final class Builder {

    private final List<String> config = new ArrayList<>();
    private List<String> tls = List.of();
    private Path executable;
    private Path directory;
    private String password;
    private int port;
    private boolean sentinel;

    private Builder() {}

    /** Makes this a sentinel; the configuration is then one of sentinels. */
    Builder sentinel() {
      this.sentinel = true;
      return this;
    }

    /** The port; by default a free one. */
    public Builder port(int chosen) {
      this.port = chosen;
      return this;
    }

    /** The password of the default user; by default none is asked for. */
    public Builder password(String chosen) {
      this.password = chosen;
      return this;
    }

    /**
     * Lets Redis speak TLS on a port of its own beside the plain one, and ask each client for a
     * certificate of the same authority.
     *
     * @param ca the authority's certificate, PEM as the others
     */
    public Builder tls(Path ca, Path certificate, Path key) {
      this.tls =
          List.of(
              "tls-ca-cert-file \"" + ca + "\"",
              "tls-cert-file \"" + certificate + "\"",
              "tls-key-file \"" + key + "\"");
      return this;
    }

    /**
     * Lines for {@code redis.conf}, such as {@code appendonly yes} or {@code user shop on >secret
     * ~sso-logout:*}; they come after the launcher's own, so the last word is theirs.
     */
    public Builder config(String... lines) {
      config.addAll(List.of(lines));
      return this;
    }

    /**
     * Another {@code redis-server} than the 6.2 that embedded-redis carries, or the one that the
     * system property {@code launcher.redis.server} names.
     */
    public Builder executable(Path redisServer) {
      this.executable = redisServer;
      return this;
    }

    /**
     * A directory for data and log, which is left there at the end; by default a temporary one.
     * Give each server its own.
     */
    public Builder directory(Path dataDirectory) {
      this.directory = dataDirectory;
      return this;
    }

    /** Chooses the port; {@link RedisServer#start()} starts. */
    public RedisServer build() {
      return new RedisServer(this);
    }

    /** Starts Redis and waits until it answers, see {@link RedisServer#start()}. */
    public RedisServer start() {
      RedisServer server = build();
      try {
        return server.start();
      } catch (RuntimeException e) {
        server.close();
        throw e;
      }
    }
  }
}
