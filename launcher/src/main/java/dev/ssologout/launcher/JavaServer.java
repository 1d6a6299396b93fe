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

/**
 * A Java program that serves HTTP, such as a relying party, in a process of its own. After {@link
 * #stop()} or {@link #kill()} it can be started again.
 */
public final class JavaServer implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final int READY_MILLIS = 2_000;

  private final Builder settings;
  private final Path directory;
  private final Log log;
  private volatile ChildProcess process;

  private JavaServer(Builder settings) {
    this.settings = settings;
    try {
      this.directory = Files.createTempDirectory("java-server-");
      Reaper.deleteAtEnd(directory);
      for (Map.Entry<String, String> file : settings.files.entrySet()) {
        Files.writeString(directory.resolve(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.log = new Log(directory.resolve("server.log"));
  }

  /**
   * Begins a program.
   *
   * @param name what it is called in messages
   */
  public static Builder of(String name, String classPath, String mainClass) {
    return new Builder(name, classPath, mainClass);
  }

  /**
   * Starts the program and waits until it is ready.
   *
   * @throws LaunchException when the process ends or two minutes are over, with the end of its log
   */
  public synchronized JavaServer start() {
    if (isAlive()) {
      throw new LaunchException(settings.name + " runs already");
    }
    ProcessBuilder command = new ProcessBuilder(command()).directory(directory.toFile());
    process = ChildProcess.start(settings.name, command, log);
    process.awaitReady(this::isReady, POLL, START_LIMIT);
    return this;
  }

  /** Ends the program gracefully; after 10 seconds, by force. */
  public synchronized void stop() {
    if (process != null) {
      process.stop(STOP_LIMIT);
    }
  }

  /** Ends the program as {@code kill -9} does. */
  public synchronized void kill() {
    if (process != null) {
      process.kill();
    }
  }

  /** Ends the program and deletes its log. */
  @Override
  public void close() {
    stop();
    Reaper.delete(directory);
  }

  /** Whether the process runs. */
  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** The file with the program's output, that of earlier starts included. */
  public Path logFile() {
    return log.file();
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(settings.jvmOptions);
    command.addAll(List.of("-cp", settings.classPath, settings.mainClass));
    command.addAll(settings.arguments);
    return command;
  }

  private boolean isReady() {
    return settings.ready.stream().allMatch(JavaServer::answers);
  }

  private static boolean answers(URI uri) {
    try {
      HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
      connection.setConnectTimeout(READY_MILLIS);
      connection.setReadTimeout(READY_MILLIS);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Says how a program is started. */
  public static final class Builder {

    private final String name;
    private final String classPath;
    private final String mainClass;
    private final Map<String, String> files = new LinkedHashMap<>();
    private List<String> jvmOptions = List.of();
    private List<String> arguments = List.of();
    private List<URI> ready = List.of();

    private Builder(String name, String classPath, String mainClass) {
      this.name = name;
      this.classPath = classPath;
      this.mainClass = mainClass;
    }

    /** A file in its working directory, which no other user can read: the place for a secret. */
    public Builder file(String fileName, String content) {
      files.put(fileName, content);
      return this;
    }

    /** Options of its JVM. */
    public Builder jvmOptions(String... options) {
      this.jvmOptions = List.of(options);
      return this;
    }

    /** Its arguments, which other users of the machine can see. */
    public Builder arguments(String... given) {
      this.arguments = List.of(given);
      return this;
    }

    /** It is ready once each of these answers 200. */
    public Builder readyWhen(URI... answer) {
      this.ready = List.of(answer);
      return this;
    }

    /** {@link JavaServer#start()} starts. */
    public JavaServer build() {
      return new JavaServer(this);
    }
  }
}
