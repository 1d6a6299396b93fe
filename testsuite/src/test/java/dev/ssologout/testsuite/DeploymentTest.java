package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.nimbusds.jwt.SignedJWT;
import dev.ssologout.launcher.FreePort;
import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.RedisServer;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.CookieManager;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisAccessControlException;

/**
 * What {@code docker/compose.yml} puts together, put together from the same files without
 * containers: Keycloak with that environment, Redis, nginx and Prometheus with that configuration,
 * certificates and passwords of {@code docker/make-secrets}. Ports and paths alone are others.
 */
class DeploymentTest {
  private static final Path ROOT = Path.of(System.getProperty("testsuite.root"));
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<AutoCloseable> STARTED = new ArrayList<>();

  @TempDir private static Path directory;

  private static Path secrets;
  private static HttpClient http;
  private static SSLContext tls;
  private static String users;
  private static String administrators;
  private static int redisPort;
  private static URI prometheus;
  private static KeycloakServer keycloak;
  private static String admin;
  private static String shop;

  @BeforeAll
  static void start() throws Exception {
    String nginx = Program.required("nginx");
    String redis = Program.required("redis-server");
    String prometheusServer = Program.required("prometheus");
    Program.required("openssl");

    Path docker = Files.createDirectory(directory.resolve("docker"));
    Files.createDirectory(docker.resolve("redis"));
    for (String file : List.of("make-secrets", "realm.json", "redis/users.acl")) {
      Files.copy(ROOT.resolve("docker").resolve(file), docker.resolve(file));
    }
    Program.run(
        docker,
        Map.of("ID_HOST", "localhost", "SHOP_HOST", "localhost"),
        0,
        "bash",
        "make-secrets");
    secrets = docker.resolve("secrets");
    tls = trusting(secrets.resolve("ca.pem"));
    http = HttpClient.newBuilder().sslContext(tls).build();

    redisPort = FreePort.find();
    Path data = Files.createDirectory(directory.resolve("data"));
    start(
        "redis",
        redis,
        configuration(
                "redis/redis.conf",
                Map.of("tls-port 6379", "tls-port " + redisPort, "dir /data", "dir " + data))
            .toString());

    int httpPort = FreePort.find();
    int usersPort = FreePort.find();
    int administratorsPort = FreePort.find();
    startNginx(
        "nginx",
        nginx,
        configuration(
            "nginx/nginx.conf",
            Map.of(
                "listen 8443", "listen 127.0.0.1:" + usersPort,
                "listen 8444", "listen 127.0.0.1:" + administratorsPort,
                "server keycloak-1:8080", "server 127.0.0.1:" + httpPort,
                "server keycloak-2:8080", "server localhost:" + httpPort,
                " /tmp/", " " + directory + "/")));
    users = "https://localhost:" + usersPort;
    administrators = "https://localhost:" + administratorsPort;

    int managementPort = FreePort.find();
    int prometheusPort = FreePort.find();
    prometheus = URI.create("http://localhost:" + prometheusPort);
    start(
        "prometheus",
        prometheusServer,
        "--config.file="
            + configuration(
                "prometheus/prometheus.yml",
                Map.of(
                    "keycloak-1:9000, keycloak-2:9000", "localhost:" + managementPort,
                    "15s", "1s",
                    "/etc/prometheus/alerts.yml",
                        ROOT + "/docker/helm/keycloak-sso-logout/files/alerts.yml")),
        "--storage.tsdb.path=" + directory.resolve("prometheus"),
        "--web.listen-address=127.0.0.1:" + prometheusPort);

    Map<String, String> environment = environment("x-keycloak");
    environment.keySet().removeIf(name -> name.startsWith("KC_DB_"));
    assertThat(environment.remove("KC_HOSTNAME")).endsWith(":8443");
    KeycloakServer.Builder builder =
        KeycloakServer.of(Stack.installation())
            .options("--hostname=" + users)
            .httpPort(httpPort)
            .managementPort(managementPort);
    environment.forEach(builder::env);
    keycloak = builder.start();
    STARTED.add(keycloak);

    admin = token("master", "admin-cli", "admin", "admin").get("access_token").asText();
    int shopPort = FreePort.find();
    shop = "https://localhost:" + shopPort;
    send(
        201,
        request(administrators + "/admin/realms")
            .header("Authorization", "Bearer " + admin)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Files.readString(secrets.resolve("acme-realm.json"))
                        .replace("https://localhost:8445", shop)
                        // So that most tests need no browser.
                        .replace(
                            "\"directAccessGrantsEnabled\": false",
                            "\"directAccessGrantsEnabled\": true"))));
    startShop(nginx, shopPort);
  }

  /** The app's two replicas, and what stands before them. */
  private static void startShop(String nginx, int shopPort) throws Exception {
    RedisServer sessions = RedisServer.builder().start();
    STARTED.add(sessions);
    Path settings = Files.createDirectory(directory.resolve("settings"));
    Files.copy(secrets.resolve("shop-client-secret"), settings.resolve("CLIENT_SECRET"));
    Files.copy(
        secrets.resolve("redis-shop-password"), settings.resolve("sso-logout.redis.password"));
    Path trusted = directory.resolve("trusted.p12");
    try (OutputStream out = Files.newOutputStream(trusted)) {
      authority(secrets.resolve("ca.pem")).store(out, "changeit".toCharArray());
    }
    Path module = ROOT.resolve("demo-relying-party/target");
    List<Integer> ports = List.of(FreePort.find(), FreePort.find());
    for (int port : ports) {
      Map<String, String> environment = environment("x-shop");
      environment.put("KEYCLOAK_URL", users);
      environment.put("FRONTEND_URL", shop);
      environment.put("PORT", String.valueOf(port));
      environment.put("REDIS_URL", sessions.uri().toString());
      environment.put("SERVER_ADDRESS", "127.0.0.1");
      environment.put("SPRING_CONFIG_IMPORT", "configtree:" + settings + "/");
      STARTED.add(
          Program.start(
              directory.resolve("shop-" + port + ".log"),
              environment,
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-Xmx160m",
              "-Djavax.net.ssl.trustStore=" + trusted,
              "-Djavax.net.ssl.trustStorePassword=changeit",
              "-cp",
              module.resolve("demo-relying-party.jar")
                  + File.pathSeparator
                  + Files.readString(module.resolve("classpath")).strip(),
              "dev.ssologout.demo.relyingparty.RelyingParty"));
    }
    startNginx(
        "shop-nginx",
        nginx,
        configuration(
            "nginx/shop.conf",
            Map.of(
                "listen 8445", "listen 127.0.0.1:" + shopPort,
                "server shop-1:8080", "server 127.0.0.1:" + ports.get(0),
                "server shop-2:8080", "server 127.0.0.1:" + ports.get(1),
                " /tmp/", " " + directory + "/shop-")));
    String check = ROOT.resolve("docker/healthcheck").toString();
    await("both replicas")
        .atMost(Duration.ofMinutes(3))
        .untilAsserted(
            () -> {
              for (int port : ports) {
                Program.run(ROOT, Map.of(), 0, check, String.valueOf(port), "/actuator/health");
              }
            });
  }

  @AfterAll
  static void stop() throws Exception {
    for (int i = STARTED.size() - 1; i >= 0; i--) {
      STARTED.get(i).close();
    }
  }

  @Test
  void tellsTabsAndAppsThroughTheProxyAndByTls() throws Exception {
    JsonNode tokens = token("acme", "shop", "alice", secret("alice-password"));
    String sid = sid(tokens);
    List<String> lines = new CopyOnWriteArrayList<>();
    HttpResponse<Stream<String>> stream =
        http.send(
            request(users + "/realms/acme/logout-broadcaster/events")
                .header("Authorization", "Bearer " + tokens.get("access_token").asText())
                .build(),
            HttpResponse.BodyHandlers.ofLines());
    assertThat(stream.statusCode()).isEqualTo(200);
    Thread reader = new Thread(() -> stream.body().forEach(lines::add), "stream");
    reader.setDaemon(true);
    reader.start();
    await("what comes first").atMost(MessageLog.PATIENCE).until(() -> has(lines, "event:ready"));

    send(
        204,
        form(
            users + "/realms/acme/protocol/openid-connect/logout",
            "client_id=shop&client_secret="
                + secret("shop-client-secret")
                + "&refresh_token="
                + tokens.get("refresh_token").asText()));

    await("the end").atMost(MessageLog.PATIENCE).until(() -> has(lines, "event:ended"));
    String own = "sso-logout:{acme}:client:shop";
    try (RedisClient shop = redis("shop", "redis-shop-password")) {
      await("the message")
          .atMost(MessageLog.PATIENCE)
          .until(
              () ->
                  shop.xrange(own, "-", "+").stream()
                      .anyMatch(entry -> entry.getFields().get("message").contains(sid)));
      assertThatThrownBy(() -> shop.xrange("sso-logout:{acme}", "-", "+"))
          .isInstanceOf(JedisAccessControlException.class);
      assertThatThrownBy(() -> shop.del(own)).isInstanceOf(JedisAccessControlException.class);
    }
  }

  @Test
  void signsUsersOutOfEveryReplicaOfTheApp() throws Exception {
    HttpClient browser =
        HttpClient.newBuilder()
            .sslContext(tls)
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.ALWAYS)
            .build();
    String form =
        browser
            .send(request(shop + "/auth/login").build(), HttpResponse.BodyHandlers.ofString())
            .body();
    Matcher action = Pattern.compile("<form[^>]* action=\"([^\"]+)\"").matcher(form);
    assertThat(action.find()).as(form).isTrue();
    browser.send(
        form(
                action.group(1).replace("&amp;", "&"),
                "username=alice&password=" + secret("alice-password"))
            .build(),
        HttpResponse.BodyHandlers.discarding());
    assertThat(statusOfUser(browser)).isEqualTo(200);
    assertThat(statusOfUser(browser)).isEqualTo(200);
    send(404, request(shop + "/actuator/prometheus"));

    send(
        200,
        request(administrators + "/admin/realms/acme/logout-all")
            .header("Authorization", "Bearer " + admin)
            .POST(HttpRequest.BodyPublishers.noBody()));

    await("the end").atMost(MessageLog.PATIENCE).until(() -> statusOfUser(browser) == 401);
    assertThat(statusOfUser(browser)).isEqualTo(401);
  }

  private static int statusOfUser(HttpClient browser) throws IOException, InterruptedException {
    return browser
        .send(request(shop + "/api/user").build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void letsNobodyIntoRedisWithoutAPasswordOrWithoutTls() throws IOException {
    try (RedisClient nobody =
        RedisClient.builder()
            .hostAndPort("localhost", redisPort)
            .clientConfig(
                DefaultJedisClientConfig.builder()
                    .ssl(true)
                    .sslSocketFactory(tls.getSocketFactory())
                    .build())
            .build()) {
      assertThatThrownBy(() -> nobody.get("sso-logout:{acme}:ended:x"))
          .hasMessageContaining("NOAUTH");
    }
    try (Socket plain = new Socket("localhost", redisPort)) {
      plain.setSoTimeout(10_000);
      plain.getOutputStream().write("PING\r\n".getBytes());
      byte[] answer = {};
      try {
        answer = plain.getInputStream().readAllBytes();
      } catch (SocketException e) {
        // Redis hangs up on what is no TLS.
      }
      assertThat(new String(answer)).doesNotContain("PONG");
    }
  }

  @Test
  void setsEachSecurityHeaderOnce() throws Exception {
    HttpResponse<String> page =
        send(
            200,
            request(
                users
                    + "/realms/acme/protocol/openid-connect/auth?client_id=account"
                    + "&response_type=code&scope=openid&redirect_uri="
                    + users
                    + "/realms/acme/account/&code_challenge_method=S256&code_challenge="
                    + "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));

    assertThat(page.headers().allValues("Strict-Transport-Security"))
        .containsExactly("max-age=31536000; includeSubDomains");
    assertThat(page.headers().allValues("X-Content-Type-Options")).containsExactly("nosniff");
    assertThat(page.headers().allValues("Referrer-Policy")).containsExactly("no-referrer");
    assertThat(page.headers().allValues("X-Frame-Options")).containsExactly("SAMEORIGIN");
    assertThat(page.headers().allValues("Content-Security-Policy")).hasSize(1);
    assertThat(page.headers().allValues("Server")).containsExactly("nginx");
    assertThat(page.headers().allValues("Set-Cookie"))
        .isNotEmpty()
        .allSatisfy(cookie -> assertThat(cookie).contains("Secure"));
  }

  @Test
  void keepsAdministrationHealthAndMetricsFromUsers() throws Exception {
    for (String path :
        List.of("/admin", "/admin/", "/admin/realms/acme/sso-sessions", "/metrics", "/health")) {
      send(404, request(users + path));
    }
    assertThat(send(200, request(administrators + "/admin/master/console/")).body())
        .contains(administrators);
  }

  @Test
  void takesTheAddressFromTheConnectionAndNotFromTheCaller() throws Exception {
    String sid =
        sid(
            send(
                200,
                tokenRequest("acme", "shop", "alice", secret("alice-password"))
                    .header("X-Forwarded-For", "203.0.113.9")
                    .header("Forwarded", "for=203.0.113.9")));
    JsonNode session =
        JSON.readTree(
            send(
                    200,
                    request(administrators + "/admin/realms/acme/sso-sessions/" + sid)
                        .header("Authorization", "Bearer " + admin))
                .body());
    assertThat(session.get("ipAddress").asText()).isEqualTo("127.0.0.1");
  }

  @Test
  void isScrapedByPrometheusWithAllAlertsLoaded() throws IOException {
    await("a scrape")
        .atMost(MessageLog.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        ask("/api/v1/query?query=sso_logout_redis_up")
                            .at("/data/result/0/value/1")
                            .asText())
                    .isEqualTo("1"));
    await("the rules to have been evaluated")
        .atMost(MessageLog.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ask("/api/v1/rules").at("/data/groups/0/rules"))
                    .hasSizeGreaterThan(10)
                    .allSatisfy(
                        rule -> {
                          assertThat(rule.get("health").asText()).isEqualTo("ok");
                          assertThat(rule.get("state").asText()).isEqualTo("inactive");
                        }));
  }

  @Test
  void knowsByTheHealthCheckWhetherKeycloakIsReady() throws IOException {
    String check = ROOT.resolve("docker/healthcheck").toString();
    String port = String.valueOf(keycloak.managementUrl().getPort());
    Program.run(ROOT, Map.of("KC_HTTP_MANAGEMENT_PORT", port), 0, check);
    String nobody = String.valueOf(FreePort.find());
    Program.run(ROOT, Map.of("KC_HTTP_MANAGEMENT_PORT", nobody), 1, check);
  }

  @Test
  void passesTheChecksOfTheDocumentation() throws IOException {
    String curl = Program.required("curl");
    String said =
        Program.run(
            directory,
            Map.of("CURL_CA_BUNDLE", secrets.resolve("ca.pem").toString()),
            0,
            "bash",
            "-ec",
            DocsTest.commands(Files.readString(ROOT.resolve("docs/deployment.md"))).stream()
                .filter(command -> command.startsWith("curl "))
                .collect(Collectors.joining("\n"))
                .replace("curl ", curl + " ")
                .replace("http://keycloak.internal:9000", keycloak.managementUrl().toString())
                .replace("https://id.example", users));
    assertThat(said)
        .contains("SSO logout messages to Redis")
        .containsPattern("\"redis\" *: *\"up\"")
        .containsIgnoringCase("strict-transport-security");
  }

  @Test
  void takesTheAclOfTheDocumentation() throws IOException {
    assertThat(Files.readAllLines(ROOT.resolve("docker/redis/users.acl")))
        .contains(
            DocumentedAcl.user("keycloak", "x").replace("\">x\"", ">PASSWORD"),
            DocumentedAcl.user("shop", "x").replace("\">x\"", ">PASSWORD"));
  }

  @Test
  void takesTheKeycloakThatIsTested() throws IOException {
    String version = Files.readString(ROOT.resolve("pom.xml"));
    version = version.replaceAll("(?s).*<keycloak.dist.version>(.*?)<.*", "$1");
    for (String file :
        List.of("Dockerfile", "compose.dev.yml", "helm/keycloak-sso-logout/Chart.yaml")) {
      assertThat(Files.readString(ROOT.resolve("docker").resolve(file))).as(file).contains(version);
    }
  }

  /** Starts one of the servers, which is ended after the tests. */
  private static void start(String name, String... command) {
    STARTED.add(Program.start(directory.resolve(name + ".log"), Map.of(), command));
  }

  private static void startNginx(String name, String nginx, Path configuration) {
    start(
        name,
        nginx,
        "-p",
        directory.toString(),
        "-g",
        "daemon off;",
        "-c",
        configuration.toString());
  }

  /** A copy of a file in {@code docker/} with other ports and paths. */
  private static Path configuration(String file, Map<String, String> changes) throws IOException {
    String text = Files.readString(ROOT.resolve("docker").resolve(file));
    for (Map.Entry<String, String> change : changes.entrySet()) {
      assertThat(text).contains(change.getKey());
      text = text.replace(change.getKey(), change.getValue());
    }
    return Files.writeString(
        directory.resolve(Path.of(file).getFileName()),
        text.replace("/run/secrets/", secrets + "/"));
  }

  /** What compose.yml gives to a server, with other places. */
  private static Map<String, String> environment(String server) throws IOException {
    JsonNode compose =
        new YAMLMapper().readTree(ROOT.resolve("docker").resolve("compose.yml").toFile());
    Map<String, String> environment = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> variable :
        compose.get(server).get("environment").properties()) {
      environment.put(
          variable.getKey(),
          variable
              .getValue()
              .asText()
              .replace("/run/secrets/", secrets + "/")
              .replace("https://localhost:8444", administrators)
              .replace("redis:6379", "localhost:" + redisPort));
    }
    return environment;
  }

  private static boolean has(List<String> lines, String event) {
    return lines.stream().anyMatch(line -> line.replace(" ", "").equals(event));
  }

  private static String secret(String file) throws IOException {
    return Files.readString(secrets.resolve(file)).strip();
  }

  private static RedisClient redis(String user, String passwordFile) throws IOException {
    return RedisClient.builder()
        .hostAndPort(new HostAndPort("localhost", redisPort))
        .clientConfig(
            DefaultJedisClientConfig.builder()
                .ssl(true)
                .sslSocketFactory(tls.getSocketFactory())
                .user(user)
                .password(secret(passwordFile))
                .build())
        .build();
  }

  private static JsonNode ask(String query) throws IOException {
    try {
      return JSON.readTree(send(200, request(prometheus + query)).body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode token(String realm, String client, String user, String password)
      throws IOException, InterruptedException {
    return JSON.readTree(send(200, tokenRequest(realm, client, user, password)).body());
  }

  private static HttpRequest.Builder tokenRequest(
      String realm, String client, String user, String password) throws IOException {
    return form(
        users + "/realms/" + realm + "/protocol/openid-connect/token",
        "grant_type=password&scope=openid&client_id=%s&client_secret=%s&username=%s&password=%s"
            .formatted(client, secret("shop-client-secret"), user, password));
  }

  private static String sid(HttpResponse<String> answer) throws IOException, ParseException {
    return sid(JSON.readTree(answer.body()));
  }

  private static String sid(JsonNode tokens) throws ParseException {
    return SignedJWT.parse(tokens.get("access_token").asText())
        .getJWTClaimsSet()
        .getStringClaim("sid");
  }

  private static HttpRequest.Builder form(String uri, String body) {
    return request(uri)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static HttpRequest.Builder request(String uri) {
    return HttpRequest.newBuilder(URI.create(uri)).timeout(Duration.ofSeconds(30));
  }

  private static HttpResponse<String> send(int status, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return answer;
  }

  private static SSLContext trusting(Path ca) throws GeneralSecurityException, IOException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authority(ca));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore authority(Path ca) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(ca)) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    return store;
  }
}
