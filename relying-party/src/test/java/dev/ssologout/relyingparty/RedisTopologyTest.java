package dev.ssologout.relyingparty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ssologout.launcher.Certificates;
import dev.ssologout.launcher.RedisCluster;
import dev.ssologout.launcher.RedisSentinels;
import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;

/** Messages are heard at once, each once, and after a fail-over, however Redis is set up. */
class RedisTopologyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Path OF_THE_MACHINE = Path.of("/usr/bin/redis-server");
  private static final String PASSWORD = "secret";

  /** Two instances of an app, one in each mode, which rely on the channel alone. */
  private static final class Apps implements AutoCloseable {
    private final List<String> hears = new CopyOnWriteArrayList<>();
    private final List<String> acts = new CopyOnWriteArrayList<>();
    private final List<LogoutSubscription> subscriptions;

    Apps(UnifiedJedis client, TestIssuer issuer) {
      LogoutSubscription.Builder builder =
          LogoutSubscription.builder()
              .redis(client)
              .issuer(issuer.uri().toString())
              .clientId(TestIssuer.CLIENT)
              .pollInterval(Duration.ofMinutes(5));
      subscriptions =
          List.of(
              builder.everyInstanceHears().onSessionEnded(ended -> hears.add(ended.sid())).start(),
              builder
                  .oneInstanceActs("sessions")
                  .onSessionEnded(ended -> acts.add(ended.sid()))
                  .start());
    }

    void heard(String... sids) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(hears).containsExactly(sids);
                assertThat(acts).containsExactly(sids);
              });
    }

    @Override
    public void close() {
      subscriptions.forEach(LogoutSubscription::close);
    }
  }

  /** Adds and publishes a message as Keycloak does. */
  private static void send(UnifiedJedis operator, boolean sharded, SessionEnded message) {
    String text = SessionEndedCodec.encode(message);
    operator.xadd(RedisFixture.STREAM, StreamEntryID.NEW_ENTRY, Map.of("message", text));
    if (sharded) {
      ((RedisClusterClient) operator).spublish(RedisFixture.STREAM, text);
    } else {
      operator.publish(RedisFixture.STREAM, text);
    }
  }

  private static ConnectionPoolConfig pool() {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(8);
    return pool;
  }

  private static Set<HostAndPort> addresses(URI uri) {
    return Stream.of(uri.getRawAuthority().split(","))
        .map(HostAndPort::from)
        .collect(Collectors.toSet());
  }

  @Test
  void sentinel() throws Exception {
    try (RedisSentinels sentinels = RedisSentinels.start();
        TestIssuer issuer = new TestIssuer();
        RedisSentinelClient operator = sentinelClient(sentinels);
        RedisSentinelClient client = sentinelClient(sentinels);
        Apps apps = new Apps(client, issuer)) {
      send(operator, false, issuer.ended("s1"));
      apps.heard("s1");

      RedisServer first = sentinels.master();
      first.kill();
      await().atMost(PATIENCE).until(() -> sentinels.master().port() != first.port());
      untilSent(operator, false, issuer.ended("s2"));
      apps.heard("s1", "s2");
    }
  }

  private static RedisSentinelClient sentinelClient(RedisSentinels sentinels) {
    return RedisSentinelClient.builder()
        .masterName(RedisSentinels.MASTER)
        .sentinels(addresses(sentinels.uri()))
        .poolConfig(pool())
        .build();
  }

  /** On the machine's own Redis, which has sharded channels from 7.0 on, or else on 6.2. */
  @Test
  void cluster() throws Exception {
    boolean sharded = Files.isExecutable(OF_THE_MACHINE);
    String shop =
        RedisFixture.acl("shop")
            + " +cluster|slots +asking"
            + (sharded ? " -subscribe -unsubscribe +ssubscribe +sunsubscribe" : "");
    try (RedisCluster cluster = RedisCluster.start(sharded ? OF_THE_MACHINE : null, shop);
        TestIssuer issuer = new TestIssuer();
        RedisClusterClient operator =
            clusterClient(cluster, DefaultJedisClientConfig.builder().build());
        RedisClusterClient client =
            clusterClient(
                cluster,
                DefaultJedisClientConfig.builder().user("shop").password(PASSWORD).build());
        Apps apps = new Apps(client, issuer)) {
      send(operator, sharded, issuer.ended("s1"));
      apps.heard("s1");

      RedisServer first = cluster.masterOf(RedisFixture.STREAM);
      first.kill();
      await()
          .atMost(PATIENCE)
          .until(() -> cluster.masterOf(RedisFixture.STREAM).port() != first.port());
      untilSent(operator, sharded, issuer.ended("s2"));
      apps.heard("s1", "s2");
    }
  }

  private static RedisClusterClient clusterClient(
      RedisCluster cluster, DefaultJedisClientConfig config) {
    return RedisClusterClient.builder()
        .nodes(addresses(cluster.uri()))
        .clientConfig(config)
        .poolConfig(pool())
        .build();
  }

  private static void untilSent(UnifiedJedis operator, boolean sharded, SessionEnded message) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              send(operator, sharded, message);
              return true;
            });
  }

  @Test
  void tls(@TempDir Path directory) throws Exception {
    Certificates certificates =
        new Certificates(directory).sign("redis", "localhost").sign("shop", "shop.example");
    try (RedisServer redis =
            RedisServer.builder()
                .tls(certificates.ca(), certificates.certificate("redis"), certificates.key())
                .config(RedisFixture.acl("shop"), RedisFixture.acl("orders"))
                .start();
        TestIssuer issuer = new TestIssuer();
        RedisClient operator = RedisClient.create(redis.uri());
        RedisClient client = tlsClient(redis, "shop", certificates);
        RedisClient api = tlsClient(redis, "orders", certificates);
        EndedSessions ended = EndedSessions.builder().redis(api).realm(TestIssuer.REALM).start();
        Apps apps = new Apps(client, issuer)) {
      Instant issued = Instant.now().minusSeconds(60);
      assertThat(ended.isOver("s1", issued)).isFalse();
      send(operator, false, issuer.ended("s1"));
      apps.heard("s1");
      operator.set(
          RedisFixture.NAMES.ended(TestIssuer.REALM, "s1"),
          Long.toString(Instant.now().getEpochSecond()));
      operator.publish(
          RedisFixture.NAMES.realm(TestIssuer.REALM), SessionEndedCodec.encode(issuer.ended("s1")));
      await().atMost(PATIENCE).until(() -> ended.isOver("s1", issued));
    }
  }

  private static RedisClient tlsClient(RedisServer redis, String user, Certificates certificates)
      throws Exception {
    SSLParameters verifyingHost = new SSLParameters();
    verifyingHost.setEndpointIdentificationAlgorithm("HTTPS");
    URI uri = redis.tlsUri(user, PASSWORD);
    return RedisClient.builder()
        .hostAndPort(uri.getHost(), uri.getPort())
        .clientConfig(
            DefaultJedisClientConfig.builder()
                .user(user)
                .password(PASSWORD)
                .ssl(true)
                .sslSocketFactory(context(certificates).getSocketFactory())
                .sslParameters(verifyingHost)
                .build())
        .poolConfig(pool())
        .build();
  }

  private static SSLContext context(Certificates certificates) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("ca", certificate(certificates.ca()));
    String key = Files.readString(certificates.key()).replaceAll("-----[A-Z ]+-----", "").strip();
    PrivateKey privateKey =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key)));
    store.setKeyEntry(
        "shop",
        privateKey,
        new char[0],
        new Certificate[] {certificate(certificates.certificate("shop"))});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }

  private static Certificate certificate(Path file) throws Exception {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }
}
