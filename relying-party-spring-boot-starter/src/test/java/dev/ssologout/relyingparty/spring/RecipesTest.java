package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.ssologout.message.LogoutNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;

/** The examples of docs/relying-parties.md in other languages, as they stand there. */
class RecipesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path directory;

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
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("out").toFile()));
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("out"));
  }

  private void hearsOfWhatEndsAndOfNothingElse(String... command) throws Exception {
    Identity identity = Identity.shared();
    String realm = identity.createRealm("");
    String before = end(realm);
    ProcessBuilder recipe = process(command);
    recipe
        .environment()
        .putAll(
            Map.of(
                "REDIS_URL", identity.redis().uri("shop", "secret").toString(),
                "ISSUER", identity.issuer(realm),
                "CLIENT_ID", "shop"));
    Process running = recipe.start();
    try (RedisClient operator = RedisClient.create(identity.redis().uri())) {
      heard(running, "ended " + before);
      String stream = new LogoutNames(LogoutNames.DEFAULT_PREFIX).client(realm, "shop");
      String message = operator.xrange(stream, "-", "+").get(0).getFields().get("message");
      JsonObject alive = identity.passwordGrant(realm, "alice");
      String sid = alive.get("session_state").getAsString();
      for (String forged :
          List.of(
              message.replace(before, sid),
              withToken(message.replace(before, sid), alive.get("id_token").getAsString()),
              withToken(message.replace(before, sid), "x.y.z"),
              withToken(message, null),
              "{")) {
        operator.xadd(stream, StreamEntryID.NEW_ENTRY, Map.of("message", forged));
      }
      String after = end(realm);
      heard(running, "ended " + after);
      assertThat(output().lines().filter(line -> line.startsWith("refused"))).hasSize(5);
      assertThat(output()).doesNotContain("ended " + sid);
      assertThat(operator.xpending(stream, "app").getTotal()).isZero();
    } finally {
      running.destroyForcibly().waitFor();
    }
  }

  private static String end(String realm) {
    JsonObject tokens = Identity.shared().passwordGrant(realm, "alice");
    Identity.shared().logout(realm, tokens.get("refresh_token").getAsString());
    return tokens.get("session_state").getAsString();
  }

  private static String withToken(String message, String token) {
    JsonObject json = JsonParser.parseString(message).getAsJsonObject();
    json.getAsJsonObject("data").addProperty("logout_token", token);
    return json.toString();
  }

  private void heard(Process running, String line) {
    await(line)
        .atMost(PATIENCE)
        .until(() -> output().contains(line) || !running.isAlive() && failed());
  }

  private boolean failed() throws IOException {
    throw new AssertionError(output());
  }
}
