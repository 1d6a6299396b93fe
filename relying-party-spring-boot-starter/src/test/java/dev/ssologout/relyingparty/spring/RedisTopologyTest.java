package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.Certificates;
import dev.ssologout.launcher.RedisCluster;
import dev.ssologout.launcher.RedisSentinels;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import dev.ssologout.relyingparty.LogoutSubscription;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;

/** Messages are read where {@code spring.data.redis} points, whatever is there. */
class RedisTopologyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String ISSUER = "https://id.example/realms/acme";

  private static void hears(UnifiedJedis operator, String... properties) {
    new WebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                SslAutoConfiguration.class,
                DataRedisAutoConfiguration.class,
                SsoLogoutAutoConfiguration.class))
        .withPropertyValues(properties)
        .run(context -> hears(operator, context.getBean(SsoLogoutRedis.class)));
  }

  private static void hears(UnifiedJedis operator, SsoLogoutRedis redis) {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (LogoutSubscription subscription =
        LogoutSubscription.builder()
            .redis(redis)
            .issuer(ISSUER)
            .clientId("shop")
            .withoutVerification()
            .everyInstanceHears()
            .onSessionEnded(ended -> heard.add(ended.sid()))
            .start()) {
      SessionEnded message =
          new SessionEnded(
              "1",
              URI.create(ISSUER),
              Instant.now().truncatedTo(ChronoUnit.MILLIS),
              "acme",
              "s1",
              "alice",
              false,
              Reason.LOGOUT,
              Initiator.USER,
              null,
              null);
      operator.xadd(
          new LogoutNames(LogoutNames.DEFAULT_PREFIX).client("acme", "shop"),
          StreamEntryID.NEW_ENTRY,
          Map.of("message", SessionEndedCodec.encode(message)));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(heard).as(() -> "" + subscription.status()).containsExactly("s1"));
    }
  }

  private static String nodes(URI uri) {
    return uri.getRawAuthority();
  }

  @Test
  void sentinel() {
    try (RedisSentinels sentinels = RedisSentinels.start();
        RedisClient operator = RedisClient.create(sentinels.master().uri())) {
      hears(
          operator,
          "spring.data.redis.sentinel.master=" + RedisSentinels.MASTER,
          "spring.data.redis.sentinel.nodes=" + nodes(sentinels.uri()));
    }
  }

  @Test
  void cluster() {
    try (RedisCluster cluster = RedisCluster.start(null);
        RedisClient operator =
            RedisClient.create(
                cluster
                    .masterOf(new LogoutNames(LogoutNames.DEFAULT_PREFIX).client("acme", "shop"))
                    .uri())) {
      hears(operator, "spring.data.redis.cluster.nodes=" + nodes(cluster.uri()));
    }
  }

  @Test
  void tls(@TempDir Path directory) {
    Certificates certificates =
        new Certificates(directory).sign("redis", "localhost").sign("shop", "shop.example");
    try (RedisServer redis =
            RedisServer.builder()
                .tls(certificates.ca(), certificates.certificate("redis"), certificates.key())
                .config("user shop on >secret ~* &* +@all")
                .start();
        RedisClient operator = RedisClient.create(redis.uri())) {
      URI uri = redis.tlsUri("shop", "secret");
      hears(
          operator,
          "spring.data.redis.host=" + uri.getHost(),
          "spring.data.redis.port=" + uri.getPort(),
          "spring.data.redis.username=shop",
          "spring.data.redis.password=secret",
          "spring.data.redis.ssl.bundle=redis",
          "spring.ssl.bundle.pem.redis.truststore.certificate=" + certificates.ca().toUri(),
          "spring.ssl.bundle.pem.redis.keystore.certificate="
              + certificates.certificate("shop").toUri(),
          "spring.ssl.bundle.pem.redis.keystore.private-key=" + certificates.key().toUri());
    }
  }
}
