package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.ssologout.message.LogoutNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;

/** The examples of docs/relying-parties.md in other languages, as they stand there. */
class RecipesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();

  @Test
  void nodeJs() throws Exception {
    write("recipe.mjs", "js");
    install("npm", "install", "--no-audit", "--no-fund", "redis@6.3.1", "jose@6.2.17");
    hearsOfWhatEndsAndOfNothingElse("node", "recipe.mjs");
  }

  @Test
  void python() throws Exception {
    write("recipe.py", "python");
    install("python3", "-m", "venv", "venv");
    install("venv/bin/pip", "install", "--quiet", "redis==8.1.0", "pyjwt[crypto]==2.15.1");
    hearsOfWhatEndsAndOfNothingElse("venv/bin/python", "recipe.py");
  }

  /** Built with what Debian has packaged, so that nothing is fetched. */
  @Test
  void go() throws Exception {
    write("recipe.go", "go");
    Path go = Path.of("/usr/bin/go");
    Path packages = Path.of("/usr/share/gocode");
    Path jose = packages.resolve("src/gopkg.in/square/go-jose.v2");
    Path redis = packages.resolve("src/github.com/gomodule/redigo");
    assumeTrue(
        Stream.of(go, jose, redis).allMatch(Files::exists),
        "needs Debian's golang-go, golang-gopkg-square-go-jose.v2-dev and"
            + " golang-github-gomodule-redigo-dev");
    // Debian has version 2, where what the example uses of version 3 is the same by another name.
    String name = "github.com/go-jose/go-jose/v3";
    Path expected = directory.resolve("src").resolve(name);
    try (Stream<Path> files = Files.walk(jose)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".go")).toList()) {
        Path copy = expected.resolve(jose.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, Files.readString(file).replace("gopkg.in/square/go-jose.v2", name));
      }
    }
    environment.putAll(
        Map.of("GO111MODULE", "off", "GOFLAGS", "", "GOPATH", directory + ":" + packages));
    int exit = process(go.toString(), "build", "recipe.go").start().waitFor();
    assertThat(exit).as(output()).isZero();
    hearsOfWhatEndsAndOfNothingElse("./recipe");
  }

  private void write(String file, String language) throws IOException {
    String page =
        Files.readString(Path.of(System.getProperty("starter.docs"), "relying-parties.md"));
    Matcher block =
        Pattern.compile("```" + language + "\\n(.*?)\\n```", Pattern.DOTALL).matcher(page);
    assertThat(block.find()).as("an example in %s", language).isTrue();
    Files.writeString(directory.resolve(file), block.group(1));
  }

  private void install(String... command) throws Exception {
    String missing = "needs %s, and the packages from its registry".formatted(command[0]);
    Process process;
    try {
      process = process(command).start();
    } catch (IOException e) {
      assumeTrue(false, missing);
      return;
    }
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    assumeTrue(ended && process.exitValue() == 0, missing + ": " + output());
  }

  private ProcessBuilder process(String... command) {
    if (command[0].contains("/")) {
      command[0] = directory.resolve(command[0]).toString();
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("out").toFile()));
    builder.environment().putAll(environment);
    return builder;
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("out"));
  }

  private void hearsOfWhatEndsAndOfNothingElse(String... command) throws Exception {
    Identity identity = Identity.shared();
    try (Way toRedis = new Way();
        Way toKeycloak = new Way(identity.keycloak().getPort());
        RedisClient operator = RedisClient.create(identity.redis().uri())) {
      String frontend = "http://127.0.0.1:" + toKeycloak.port();
      String realm =
          identity.createRealm(", \"attributes\": {\"frontendUrl\": \"%s\"}".formatted(frontend));
      String stream = new LogoutNames(LogoutNames.DEFAULT_PREFIX).client(realm, "shop");
      String before = end(realm);
      toKeycloak.cut();
      ProcessBuilder recipe = process(command);
      recipe
          .environment()
          .putAll(
              Map.of(
                  "REDIS_URL",
                  "redis://shop:secret@127.0.0.1:" + toRedis.port(),
                  "ISSUER",
                  frontend + "/realms/" + realm,
                  "CLIENT_ID",
                  "shop",
                  "STREAM",
                  stream,
                  "GROUP",
                  "app",
                  "INSTANCE",
                  "1"));
      try (Supervised running = new Supervised(recipe)) {
        // Without the keys it can neither believe nor refuse.
        await().atMost(PATIENCE).until(() -> running.starts() > 1);
        assertThat(output().lines())
            .noneMatch(line -> line.startsWith("ended") || line.startsWith("refused"));
        toKeycloak.open();
        heard("ended " + before);

        String message = operator.xrange(stream, "-", "+").get(0).getFields().get("message");
        JsonObject alive = identity.passwordGrant(realm, "alice");
        String sid = alive.get("session_state").getAsString();
        for (String forged :
            List.of(
                withToken(message, alive.get("id_token").getAsString()),
                withToken(message, "x.y.z"),
                withToken(message, tampered(message, sid)),
                withToken(message, null),
                "{}",
                "{")) {
          operator.xadd(stream, StreamEntryID.NEW_ENTRY, Map.of("message", forged));
        }
        // What is around the token does not count.
        operator.xadd(
            stream, StreamEntryID.NEW_ENTRY, Map.of("message", message.replace(before, sid)));
        String after = end(realm);
        heard("ended " + after);
        assertThat(output().lines().filter(line -> line.startsWith("refused"))).hasSize(6);

        toRedis.cut();
        String meanwhile = end(realm);
        toRedis.open();
        heard("ended " + meanwhile);
        assertThat(output()).doesNotContain("ended " + sid);
        await().atMost(PATIENCE).until(() -> operator.xpending(stream, "app").getTotal() == 0);
      }
    }
  }

  /** A process that is started again whenever it ends, as operators have it. */
  private static final class Supervised implements AutoCloseable {
    private final AtomicInteger starts = new AtomicInteger();
    private final Thread supervisor;

    Supervised(ProcessBuilder builder) {
      supervisor = new Thread(() -> run(builder));
      supervisor.start();
    }

    private void run(ProcessBuilder builder) {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          Process process = builder.start();
          starts.incrementAndGet();
          try {
            process.waitFor();
          } finally {
            process.destroyForcibly();
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    int starts() {
      return starts.get();
    }

    @Override
    public void close() throws InterruptedException {
      supervisor.interrupt();
      supervisor.join();
    }
  }

  private static String end(String realm) {
    JsonObject tokens = Identity.shared().passwordGrant(realm, "alice");
    Identity.shared().logout(realm, tokens.get("refresh_token").getAsString());
    return tokens.get("session_state").getAsString();
  }

  /** The logout token of a message with another sid and the signature that it had. */
  private static String tampered(String message, String sid) {
    String token =
        JsonParser.parseString(message)
            .getAsJsonObject()
            .getAsJsonObject("data")
            .get("logout_token")
            .getAsString();
    String[] parts = token.split("\\.");
    JsonObject claims =
        JsonParser.parseString(new String(Base64.getUrlDecoder().decode(parts[1])))
            .getAsJsonObject();
    claims.addProperty("sid", sid);
    parts[1] = Base64.getUrlEncoder().withoutPadding().encodeToString(claims.toString().getBytes());
    return String.join(".", parts);
  }

  private static String withToken(String message, String token) {
    JsonObject json = JsonParser.parseString(message).getAsJsonObject();
    json.getAsJsonObject("data").addProperty("logout_token", token);
    return json.toString();
  }

  private void heard(String line) {
    try {
      await(line).atMost(PATIENCE).until(() -> output().contains(line));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(line + " is not in " + log(), e);
    }
  }

  private String log() {
    try {
      return output();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
