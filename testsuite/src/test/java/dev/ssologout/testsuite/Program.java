package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A program of the system's that a test needs, run by itself or beside the test. */
final class Program implements AutoCloseable {
  private final Process process;
  private final Path log;

  private Program(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Skips the test where the program is not installed; its path. */
  static String required(String name) {
    Path found =
        Stream.concat(
                Stream.of(System.getenv("PATH").split(File.pathSeparator)),
                // Where servers are that not every user's PATH has.
                Stream.of("/usr/sbin", "/opt/homebrew/bin"))
            .map(directory -> Path.of(directory, name))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    Assumptions.assumeTrue(found != null, "needs " + name);
    return found.toString();
  }

  /**
   * Starts it; it ends with {@link #close()}.
   *
   * @param environment added to the test's own
   */
  static Program start(Path log, Map<String, String> environment, String... command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().putAll(environment);
      return new Program(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs it to its end and expects success; what it said. */
  static String run(Path directory, String... command) {
    return run(directory, Map.of(), 0, command);
  }

  /**
   * @param environment added to the test's own
   * @param exitCode that is expected
   */
  static String run(
      Path directory, Map<String, String> environment, int exitCode, String... command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes());
      assertThat(process.waitFor()).as(output).isEqualTo(exitCode);
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
