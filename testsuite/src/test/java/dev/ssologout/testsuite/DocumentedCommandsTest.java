package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.launcher.FreePort;
import dev.ssologout.launcher.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A newcomer types what docs/getting-started.md says, and then what other pages say to a Keycloak
 * that runs. {@code commands.txt} tells which commands these are; {@link DocsTest} holds it.
 */
@Tag("faults")
class DocumentedCommandsTest {
  private static final Path ROOT = Path.of(System.getProperty("testsuite.root")).normalize();

  /** Where the page says what the log shows, a person waits for it. */
  private static final String UNTIL_IT_IS_UP =
      "until curl -sf http://localhost:8080/realms/master >/dev/null; do sleep 0.2; done\n";

  private static final String OTHER_PAGES =
      """
      kcadm.sh get redis-logout/delivery -r acme
      kcadm.sh create redis-logout/dead-letters/retry -r acme -b '{}'
      SCOPE_UUID=$(kcadm.sh create client-scopes -r acme -s name=sso-sessions \
      -s protocol=openid-connect -s 'attributes."include.in.token.scope"=true' -i)
      CLIENT_UUID=$(kcadm.sh get clients -r acme -q clientId=shop --fields id --format csv --noquotes)
      kcadm.sh update clients/$CLIENT_UUID/optional-client-scopes/$SCOPE_UUID -r acme
      TOKEN=$(curl -s "$realm/token" -d grant_type=password -d client_id=shop -d username=alice \
      -d password=alice -d scope='openid sso-sessions' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
      curl -H "Authorization: Bearer $TOKEN" http://localhost:8080/realms/acme/sso-sessions
      timeout 2 redis-cli SUBSCRIBE 'sso-logout:{acme}:client:shop' || test $? = 124
      mkdir app && cd app && npm install --silent "$ROOT/browser-sdk"
      node --input-type=module -e "import '@ssologout/browser-sdk'; console.log('imported')"
      """;

  @Test
  void doWhatThePagesSay(@TempDir Path directory) throws IOException {
    for (String program : new String[] {"redis-cli", "curl", "npm", "node"}) {
      Program.required(program);
    }
    Path keycloak = directory.resolve("keycloak");
    Program.run(ROOT, "cp", "-r", System.getProperty("testsuite.keycloak"), keycloak.toString());
    String port = String.valueOf(FreePort.find());
    String page = Files.readString(ROOT.resolve("docs/getting-started.md"));
    try (RedisServer redis = RedisServer.builder().start()) {
      String script =
          String.join("\n", DocsTest.commands(page))
              // It is built.
              .replaceAll("(?m)^mvn .*\n", "")
              .replace("cp bundle", "cp $ROOT/bundle")
              .replaceFirst("(?m)&$", "& trap 'kill %1; wait' EXIT")
              .replaceFirst("(?m)^kcadm", UNTIL_IT_IS_UP + "kcadm")
              .replaceFirst(
                  "(?m)^(redis-cli .*)$",
                  "until $1 | grep -q session.ended; do sleep 0.2; done\n$1");
      String said =
          Program.run(
              directory,
              Map.of(
                  "HOME", directory.toString(),
                  "ROOT", ROOT.toString(),
                  "KEYCLOAK_HOME", keycloak.toString()),
              0,
              "bash",
              "-ec",
              ("set -m\n" + script + "\n" + OTHER_PAGES)
                  .replace("start-dev ", "start-dev --http-port=8080 ")
                  .replace("8080", port)
                  .replace("localhost:6379", "localhost:" + redis.port())
                  .replace("redis-cli ", "redis-cli -p " + redis.port() + " "));
      assertThat(said)
          .contains("Keycloak SSO Logout ")
          .contains("Ended sessions go to Redis at redis://localhost:" + redis.port() + "/0")
          .contains("dev.ssologout.session.ended.v1")
          .contains("\"redisUp\" : true")
          .contains("\"clients\":")
          .contains("subscribe\nsso-logout:{acme}:client:shop\n1")
          .contains("imported");
    }
  }
}
