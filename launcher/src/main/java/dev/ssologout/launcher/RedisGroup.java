package dev.ssologout.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Several Redis processes that are started one after the other and ended together. */
final class RedisGroup implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Path executable;
  private final List<RedisServer> servers = new ArrayList<>();

  /** A condition that may be asked of a server that does not answer. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * @param executable {@code null} for the one that is carried
   */
  RedisGroup(Path executable) {
    this.executable = executable;
  }

  RedisServer start(RedisServer.Builder builder) {
    if (executable != null) {
      builder.executable(executable);
    }
    RedisServer server = builder.start();
    servers.add(server);
    return server;
  }

  /** Waits until the condition holds; one that fails does not hold. */
  void await(String what, Condition condition) {
    long start = System.nanoTime();
    while (!holds(condition)) {
      if (System.nanoTime() - start > LIMIT.toNanos()) {
        throw new LaunchException(what + " was not ready within " + LIMIT.toSeconds() + " s");
      }
      try {
        Thread.sleep(POLL.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LaunchException("interrupted while waiting for " + what, e);
      }
    }
  }

  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (IOException notYet) {
      return false;
    }
  }

  @Override
  public void close() {
    servers.forEach(RedisServer::kill);
    servers.forEach(RedisServer::close);
  }
}
