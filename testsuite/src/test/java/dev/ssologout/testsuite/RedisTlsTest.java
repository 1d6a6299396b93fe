package dev.ssologout.testsuite;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.launcher.Certificates;
import dev.ssologout.launcher.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;

/**
 * Messages through TLS with an authority of one's own, a client certificate, an ACL user and a
 * password from a file. Whatever of these is wrong costs no message, and is mended without a
 * restart.
 */
class RedisTlsTest {
  private static final String USER = "keycloak";
  private static final String PASSWORD = "s3cret-of-a-file";

  @TempDir private static Path directory;

  private static Certificates ours;
  private static Path ca;
  private static Path passwordFile;
  private static Stack stack;

  @BeforeAll
  static void start() throws IOException {
    ours =
        new Certificates(Files.createDirectory(directory.resolve("ours")))
            .sign("redis", "localhost")
            .sign("elsewhere", "elsewhere.example")
            .sign("keycloak", "keycloak");
    ca = Files.copy(ours.ca(), directory.resolve("ca.pem"));
    passwordFile = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
    RedisServer redis =
        RedisServer.builder()
            .tls(ours.ca(), ours.certificate("redis"), ours.key())
            .config(DocumentedAcl.user(USER, PASSWORD))
            .start();
    URI uri = redis.tlsUri(USER, PASSWORD);
    stack =
        Stack.start(
            redis,
            URI.create("rediss://localhost:" + uri.getPort()),
            "--spi-redis-connection--jedis--username=" + USER,
            "--spi-redis-connection--jedis--password-file=" + passwordFile,
            "--spi-redis-connection--jedis--tls-ca-file=" + ca,
            "--spi-redis-connection--jedis--tls-certificate-file=" + ours.certificate("keycloak"),
            "--spi-redis-connection--jedis--tls-key-file=" + ours.key());
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      String log = stack.keycloak().log();
      stack.close();
      assertThat(log).doesNotContain(PASSWORD);
    }
  }

  @Test
  void sendsByTlsAsTheAclUserWithItsCertificate() {
    try (TestRealm realm = stack.createRealm()) {
      Login login = realm.signIn("alice", "shop");
      login.logout();
      assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
    }
  }

  @Test
  void keepsTheMessagesFromAServerOfAnotherAuthority() throws IOException {
    Certificates others = new Certificates(Files.createDirectory(directory.resolve("others")));
    keepsTheMessages(
        "certification path",
        () -> Files.copy(others.ca(), ca, REPLACE_EXISTING),
        () -> Files.copy(ours.ca(), ca, REPLACE_EXISTING));
  }

  @Test
  void keepsTheMessagesFromAServerWithTheCertificateOfAnotherHost() throws IOException {
    keepsTheMessages(
        "No subject alternative DNS name", () -> show("elsewhere"), () -> show("redis"));
  }

  @Test
  void takesANewPasswordFromTheFileWithoutARestart() throws IOException {
    keepsTheMessages(
        "WRONGPASS",
        () -> operate("ACL", "SETUSER", USER, "resetpass", ">another"),
        () -> Files.writeString(passwordFile, "another\n"));
  }

  private interface Change {
    void make() throws IOException;
  }

  private static void keepsTheMessages(String cause, Change spoil, Change mend) throws IOException {
    try (TestRealm realm = stack.createRealm()) {
      Login before = realm.signIn("alice", "shop");
      int log = stack.keycloak().log().length();
      spoil.make();
      Login meanwhile;
      try {
        operate("CLIENT", "KILL", "USER", USER);
        before.logout();
        stack.awaitLog(log, "Ended sessions do not reach Redis at rediss://localhost:", cause);
        meanwhile = realm.signIn("alice", "shop");
        meanwhile.logout();
      } finally {
        mend.make();
      }
      assertThat(realm.messages().awaitExactly(2))
          .extracting(message -> message.sid())
          .containsExactly(before.sid(), meanwhile.sid());
    }
  }

  private static void show(String certificate) {
    operate("CONFIG", "SET", "tls-cert-file", ours.certificate(certificate).toString());
  }

  private static void operate(String command, String... arguments) {
    try (RedisClient operator = RedisClient.create(stack.redis().uri())) {
      operator.sendCommand(() -> command.getBytes(), arguments);
    }
  }
}
