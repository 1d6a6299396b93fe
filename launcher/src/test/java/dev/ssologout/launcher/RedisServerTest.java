package dev.ssologout.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisServerTest {

  private static final int PATIENCE_MILLIS = 300;

  @Test
  void answersOnItsPort() throws IOException {
    try (RedisServer redis = RedisServer.builder().start()) {
      assertThat(redis.uri()).hasToString("redis://127.0.0.1:" + redis.port());
      assertThat(ask(redis, "PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void keepsPortAndDataOverRestartAndKill() throws IOException {
    try (RedisServer redis =
        RedisServer.builder().config("appendonly yes", "appendfsync always").start()) {
      assertThat(ask(redis, "SET a 1")).isEqualTo("+OK");
      redis.stop();
      assertThat(redis.isAlive()).isFalse();
      redis.start();
      assertThat(ask(redis, "INCR a")).isEqualTo(":2");
      redis.kill();
      assertThat(redis.isAlive()).isFalse();
      redis.start();
      assertThat(ask(redis, "INCR a")).isEqualTo(":3");
    }
  }

  @Test
  void hangsWhilePaused() throws IOException {
    try (RedisServer redis = RedisServer.builder().start()) {
      redis.pause();
      assertThat(redis.isAlive()).isTrue();
      assertThatThrownBy(() -> ask(redis, "PING")).isInstanceOf(SocketTimeoutException.class);
      redis.resume();
      assertThat(ask(redis, "PING")).isEqualTo("+PONG");
      redis.pause();
    }
  }

  @Test
  void asksForThePassword() throws IOException {
    try (RedisServer redis = RedisServer.builder().password("a b@c").start()) {
      assertThat(redis.uri().toString()).contains(":a%20b%40c@");
      assertThat(ask(redis, "PING")).startsWith("-NOAUTH");
      assertThat(ask(redis, "AUTH \"a b@c\"")).isEqualTo("+OK");
    }
  }

  @Test
  void endsProcessAndDeletesDirectoryOnClose() {
    RedisServer redis = RedisServer.builder().start();
    long pid = redis.pid();
    Path directory = directoryOf(pid);
    assertThat(directory).isDirectory();
    redis.close();
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(directory).doesNotExist();
  }

  @Test
  void keepsGivenDirectory(@TempDir Path directory) {
    try (RedisServer redis = RedisServer.builder().directory(directory).start()) {
      assertThat(redis.log()).contains("Ready to accept connections");
    }
    assertThat(directory.resolve("redis.log")).exists();
  }

  @Test
  void namesTakenPort() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      RedisServer.Builder redis = RedisServer.builder().port(other.getLocalPort());
      assertThatThrownBy(redis::start)
          .isInstanceOf(LaunchException.class)
          .hasMessage("port " + other.getLocalPort() + " is taken");
    }
  }

  @Test
  void showsLogOfFailedStart() {
    assertThatThrownBy(() -> RedisServer.builder().config("no-such-setting 1").start())
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("ended with exit code 1")
        .hasMessageContaining("no-such-setting");
  }

  @Test
  void endsWithItsJvm(@TempDir Path directory) throws Exception {
    for (String signal : new String[] {"TERM", "KILL"}) {
      Path pidFile = directory.resolve(signal);
      Process jvm =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Djava.io.tmpdir=" + directory,
                  "-cp",
                  System.getProperty("java.class.path"),
                  StartsRedis.class.getName(),
                  pidFile.toString())
              .inheritIO()
              .start();
      long redis = awaitPid(pidFile, jvm);
      assertThat(ProcessHandle.of(redis)).isPresent();

      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + jvm.pid()).start().waitFor();

      assertThat(jvm.waitFor()).isNotZero();
      Optional<ProcessHandle> left = ProcessHandle.of(redis);
      if (left.isPresent()) {
        left.get().onExit().get(20, TimeUnit.SECONDS);
      }
    }
  }

  /** A program that starts a Redis, tells its process id and never ends. */
  static final class StartsRedis {
    public static void main(String[] args) throws Exception {
      RedisServer redis = RedisServer.builder().start();
      Path written = Files.writeString(Path.of(args[0] + ".new"), Long.toString(redis.pid()));
      Files.move(written, Path.of(args[0]));
      Thread.currentThread().join();
    }
  }

  private static long awaitPid(Path file, Process jvm) throws Exception {
    while (!Files.exists(file)) {
      assertThat(jvm.isAlive()).isTrue();
      Thread.sleep(20);
    }
    return Long.parseLong(Files.readString(file));
  }

  private static Path directoryOf(long pid) {
    try (Stream<String> arguments =
        ProcessHandle.of(pid).flatMap(handle -> handle.info().command()).stream()) {
      return arguments.map(Path::of).findFirst().orElseThrow().getParent();
    }
  }

  private static String ask(RedisServer redis, String command) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", redis.port()));
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
      StringBuilder line = new StringBuilder();
      for (int c = socket.getInputStream().read(); c != '\r'; c = socket.getInputStream().read()) {
        line.append((char) c);
      }
      return line.toString();
    }
  }
}
