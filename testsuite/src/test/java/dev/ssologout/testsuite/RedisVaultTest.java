package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.launcher.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The password of Redis from Keycloak's vault. */
class RedisVaultTest {

  @Test
  void takesThePasswordFromTheVaultOnceItIsThere(@TempDir Path vault) throws IOException {
    RedisServer redis = RedisServer.builder().password("s3cret-of-the-vault").start();
    try (Stack stack =
        Stack.startBuilt(
            List.of("--vault=file"),
            redis,
            URI.create("redis://127.0.0.1:" + redis.port()),
            "--vault-dir=" + vault,
            "--spi-redis-connection--jedis--password-vault-key=redis")) {
      stack.awaitLog(0, "Ended sessions do not reach Redis", "vault has no secret redis");
      try (TestRealm realm = stack.createRealm()) {
        Login login = realm.signIn("alice", "shop");
        login.logout();

        Files.writeString(vault.resolve("master_redis"), "s3cret-of-the-vault");

        assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
      }
      assertThat(stack.keycloak().log()).doesNotContain("s3cret");
    }
  }
}
