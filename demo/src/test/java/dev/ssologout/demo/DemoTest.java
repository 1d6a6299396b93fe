package dev.ssologout.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;

class DemoTest {

  private static final int FAILURE = 1;
  private static final int USAGE = 2;

  @Test
  void usageOfTheScriptKnowsEveryOption() throws Exception {
    String script = Files.readString(Path.of("..", "bin", "demo"));
    for (OptionSpec option : Demo.commandLine().getCommandSpec().options()) {
      assertThat(script).contains("  " + String.join(", ", option.names()) + " ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--nonsense",
        "stray",
        "--port",
        "--port=x",
        "--port=0",
        "--port=65536",
        "--check --port=20001 --redis-port=20001",
        "--check --apps-port=20001",
        "--replicas=0",
        "--replicas=5",
        "--hosts --redis redis://localhost",
        "--check --redis redis://localhost --redis-port=20001"
      })
  void wrongOptionsAreRefused(String line) {
    Result result = run(line.split(" "));
    assertThat(result.exitCode).isEqualTo(USAGE);
    assertThat(result.error).startsWith("bin/demo: ").contains("--help").hasLineCount(1);
  }

  @Test
  void takenPortIsNamedWithItsOption() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String port = Integer.toString(other.getLocalPort());
      for (String option : new String[] {"--port", "--management-port", "--redis-port"}) {
        Result result = run("--check", option, port);
        assertThat(result.exitCode).isEqualTo(FAILURE);
        assertThat(result.error)
            .startsWith("bin/demo: port " + port + " is taken; choose another with " + option);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://:s3cret@127.0.0.1:1", "rediss://u:s3cret@127.0.0.1:1/0"})
  void unreachableRedisIsNamedWithoutItsPassword(String uri) {
    Result result = run("--check", "--redis", uri);
    assertThat(result.exitCode).isEqualTo(FAILURE);
    assertThat(result.error).contains("127.0.0.1:1").doesNotContain("s3cret").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"s3cret", "http://:s3cret@h", "redis://:s3cret@", "redis://:s3 cret@host", ""})
  void wrongRedisUriIsRefusedWithoutShowingIt(String uri) {
    Result result = run("--check", "--redis", uri);
    assertThat(result.exitCode).isEqualTo(USAGE);
    assertThat(result.error)
        .contains("redis[s]://")
        .contains("--redis")
        .doesNotContain("s3cret")
        .doesNotContain("s3 cret");
  }

  private record Result(int exitCode, String error) {}

  private static Result run(String... arguments) {
    PrintStream standard = System.err;
    ByteArrayOutputStream error = new ByteArrayOutputStream();
    System.setErr(new PrintStream(error, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Demo.commandLine().execute(arguments);
      return new Result(exitCode, error.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(standard);
    }
  }
}
