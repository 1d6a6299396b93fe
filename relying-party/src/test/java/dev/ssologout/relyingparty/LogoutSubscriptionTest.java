package dev.ssologout.relyingparty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XReadGroupParams;

/** On a real Redis, as the user that the documentation tells to make. */
class LogoutSubscriptionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<AutoCloseable> open = new ArrayList<>();
  private RedisFixture redis;
  private TestIssuer issuer;

  @BeforeEach
  void start() throws IOException {
    redis = new RedisFixture();
    issuer = new TestIssuer();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
    issuer.close();
    redis.close();
  }

  /** An instance of an app, which keeps the sids that it heard of. */
  private final class App implements AutoCloseable {
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<Gap> gaps = new CopyOnWriteArrayList<>();
    private final List<String> aside = new CopyOnWriteArrayList<>();
    private final RedisClient client = redis.connect("shop");
    private LogoutSubscription subscription;

    App start(UnaryOperator<LogoutSubscription.Builder> settings) {
      subscription =
          settings
              .apply(
                  LogoutSubscription.builder()
                      .redis(client)
                      .issuer(issuer.uri().toString())
                      .clientId(TestIssuer.CLIENT)
                      .everyInstanceHears()
                      .onSessionEnded(ended -> heard.add(ended.sid()))
                      .onGap(gaps::add)
                      .onSetAside((ended, failure) -> aside.add(ended.sid())))
              .start();
      open.add(this);
      return this;
    }

    SubscriptionStatus status() {
      return subscription.status();
    }

    @Override
    public void close() {
      subscription.close();
      client.close();
    }
  }

  private App app() {
    return new App().start(builder -> builder);
  }

  private App actingApp() {
    return new App().start(builder -> builder.oneInstanceActs("sessions"));
  }

  private static void until(BooleanSupplier condition) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(condition::getAsBoolean);
  }

  private static void untilAsserted(ThrowingRunnable assertion) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).untilAsserted(assertion);
  }

  /** Waits until all that was sent before has been looked at. */
  private void settled(App app) {
    String probe = "probe-" + System.nanoTime();
    redis.send(issuer.ended(probe));
    until(() -> app.heard.remove(probe));
  }

  @Test
  void handlesAMessageAtOnce() {
    // Long enough that only the channel can be the reason.
    App app = new App().start(builder -> builder.pollInterval(Duration.ofMinutes(5)));
    settled(app);
    List<Long> micros = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      SessionEnded message = issuer.ended("s" + i);
      long sent = System.nanoTime();
      redis.send(message);
      while (app.heard.size() <= i) {
        Thread.onSpinWait();
        assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(PATIENCE);
      }
      micros.add((System.nanoTime() - sent) / 1000);
    }
    micros.sort(null);
    System.out.printf(
        "From sending to the handler, verified: median %d us, most %d us%n",
        micros.get(25), micros.get(49));
  }

  @Test
  void everyInstanceHearsEachOnce() {
    App one = app();
    App other = app();
    IntStream.range(0, 250).forEach(i -> redis.send(issuer.ended("s" + i)));
    List<String> all = IntStream.range(0, 250).mapToObj(i -> "s" + i).toList();
    untilAsserted(() -> assertThat(one.heard).containsExactlyElementsOf(all));
    untilAsserted(() -> assertThat(other.heard).containsExactlyElementsOf(all));
    assertThat(one.status().handled()).isEqualTo(250);
    assertThat(one.status().repeated()).isZero();
    assertThat(one.gaps).isEmpty();
  }

  @Test
  void oneInstanceActsOnEach() {
    App one = actingApp();
    App other = actingApp();
    IntStream.range(0, 250).forEach(i -> redis.send(issuer.ended("s" + i)));
    until(() -> one.heard.size() + other.heard.size() >= 250);
    List<String> both = new ArrayList<>(one.heard);
    both.addAll(other.heard);
    assertThat(both)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 250).mapToObj(i -> "s" + i).toList());
    until(() -> redis.operator().xpending(RedisFixture.STREAM, "sessions").getTotal() == 0);
    assertThat(one.gaps).isEmpty();
    assertThat(other.gaps).isEmpty();
  }

  @Test
  void catchesUpWithWhatEndedWhileNoInstanceRan() {
    redis.send(issuer.ended("before the first start"));
    App first = actingApp();
    until(() -> first.heard.size() == 1);
    first.close();

    IntStream.range(0, 150).forEach(i -> redis.send(issuer.ended("s" + i)));
    App second = actingApp();
    until(() -> second.heard.size() == 150);
    settled(second);
    assertThat(second.heard).hasSize(150).doesNotContain("before the first start");
  }

  @Test
  void anInstanceWithANameGoesOnWhereItWas() {
    redis.send(issuer.ended("s1"));
    App first = new App().start(builder -> builder.everyInstanceHears("node-1"));
    until(() -> first.heard.size() == 1);
    first.close();

    redis.send(issuer.ended("s2"));
    App second = new App().start(builder -> builder.everyInstanceHears("node-1"));
    untilAsserted(() -> assertThat(second.heard).containsExactly("s2"));
  }

  @Test
  void anInstanceWithoutANameHearsOfTheLastHour() {
    String now = Long.toString(System.currentTimeMillis());
    long hoursAgo = Long.parseLong(now) - Duration.ofHours(2).toMillis();
    redis
        .operator()
        .xadd(
            RedisFixture.STREAM,
            new StreamEntryID(hoursAgo, 0),
            Map.of("message", SessionEndedCodec.encode(issuer.ended("long ago"))));
    redis.send(issuer.ended("lately"));
    App app = app();
    untilAsserted(() -> assertThat(app.heard).containsExactly("lately"));
  }

  @Test
  void anotherInstanceTakesOverWhatACrashedOneHadInHand() {
    RedisClient shop = redis.connect("shop");
    open.add(shop);
    shop.xgroupCreate(RedisFixture.STREAM, "sessions", new StreamEntryID(0, 0), true);
    redis.send(issuer.ended("s1"));
    crashWithTheNext(shop);

    App app =
        new App()
            .start(
                builder ->
                    builder.oneInstanceActs("sessions").takeOverAfter(Duration.ofMillis(300)));
    untilAsserted(() -> assertThat(app.heard).containsExactly("s1"));
  }

  /** Reads as an instance does that then dies. */
  private static void crashWithTheNext(UnifiedJedis shop) {
    assertThat(
            shop.xreadGroup(
                "sessions",
                "crashed",
                XReadGroupParams.xReadGroupParams().count(1),
                Map.of(RedisFixture.STREAM, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY)))
        .hasSize(1);
  }

  @Test
  void setsAsideWhatEndsTheAppAtEveryAttempt() {
    RedisClient shop = redis.connect("shop");
    open.add(shop);
    shop.xgroupCreate(RedisFixture.STREAM, "sessions", new StreamEntryID(0, 0), true);
    StreamEntryID id = redis.send(issuer.ended("poison"));
    crashWithTheNext(shop);
    for (int i = 0; i < 2; i++) {
      shop.xclaim(RedisFixture.STREAM, "sessions", "crashed", 0, XClaimParams.xClaimParams(), id);
    }
    App app =
        new App()
            .start(
                builder ->
                    builder
                        .oneInstanceActs("sessions")
                        .attempts(3)
                        .takeOverAfter(Duration.ofMillis(300)));
    untilAsserted(() -> assertThat(app.aside).containsExactly("poison"));
    assertThat(app.heard).isEmpty();
  }

  @Test
  void twoInstancesDoNotTakeFromEachOtherWhatIsBeingHandled() throws InterruptedException {
    CountDownLatch atWork = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<String> handled = new CopyOnWriteArrayList<>();
    SessionEndedHandler failsAtFirst =
        new SessionEndedHandler() {
          private int calls;

          @Override
          public void sessionEnded(SessionEnded ended) {
            if (calls++ < 2) {
              throw new IllegalStateException("not yet");
            }
            handled.add(ended.sid());
            atWork.countDown();
          }
        };
    App one =
        new App()
            .start(
                builder ->
                    builder
                        .oneInstanceActs("sessions")
                        .retryAfter(Duration.ofMillis(700))
                        .takeOverAfter(Duration.ofMillis(300))
                        .pollInterval(Duration.ofMillis(50))
                        .onSessionEnded(failsAtFirst));
    redis.send(issuer.ended("s1"));
    until(() -> one.status().retried() > 0);
    App other =
        new App()
            .start(
                builder ->
                    builder
                        .oneInstanceActs("sessions")
                        .pollInterval(Duration.ofMillis(50))
                        .takeOverAfter(Duration.ofMillis(300)));
    goOn.countDown();
    assertThat(atWork.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    until(() -> redis.operator().xpending(RedisFixture.STREAM, "sessions").getTotal() == 0);
    assertThat(handled).containsExactly("s1");
    assertThat(other.heard).isEmpty();
  }

  @Test
  void triesAgainAndThenSetsAsideWithoutStoppingTheRestInOrderPerSession() {
    ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
    App app =
        new App()
            .start(
                builder ->
                    builder
                        .attempts(3)
                        .retryAfter(Duration.ofMillis(100))
                        .onSessionEnded(
                            ended -> {
                              calls.add(ended.sid() + " " + ended.id());
                              if (ended.reason() == Reason.ADMIN_LOGOUT) {
                                throw new IOException("the store is away");
                              }
                            }));
    SessionEnded bad = failing("s1");
    SessionEnded next = issuer.ended("s1");
    SessionEnded other = issuer.ended("s2");
    redis.send(bad);
    redis.send(next);
    redis.send(other);
    untilAsserted(() -> assertThat(calls).contains("s1 " + next.id()));
    assertThat(calls)
        .containsExactly(
            "s1 " + bad.id(),
            "s2 " + other.id(),
            "s1 " + bad.id(),
            "s1 " + bad.id(),
            "s1 " + next.id());
    assertThat(app.aside).containsExactly("s1");
    assertThat(app.status().retried()).isEqualTo(2);
    assertThat(app.status().setAside()).isEqualTo(1);
    assertThat(app.status().handled()).isEqualTo(2);
  }

  private SessionEnded failing(String sid) {
    SessionEnded message = issuer.ended(sid);
    return new SessionEnded(
        message.id(),
        message.source(),
        message.time(),
        message.realm(),
        sid,
        message.sub(),
        false,
        Reason.ADMIN_LOGOUT,
        message.initiator(),
        null,
        message.logoutToken());
  }

  @Test
  void refusesWhatIsNotSignedForIt() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      App app = app();
      List<String> tokens = new ArrayList<>();

      refused(app, Refusal.NO_TOKEN, null);
      refused(app, Refusal.SIGNATURE, add(tokens, issuer.token("v", TestIssuer.newKey(), c -> {})));
      String good = issuer.token("v", claims -> {});
      refused(
          app, Refusal.SIGNATURE, add(tokens, good.substring(0, good.lastIndexOf('.')) + ".AAAA"));
      refused(
          app,
          Refusal.SIGNATURE,
          add(tokens, new PlainJWT(issuer.claims("v", claims -> {})).serialize()));
      refused(app, Refusal.SIGNATURE, add(tokens, signedWithThePublicKeyAsSecret()));
      refused(app, Refusal.SIGNATURE, add(tokens, idToken()));
      refused(
          app,
          Refusal.ISSUER,
          add(tokens, issuer.token("v", claims -> claims.issuer("https://other.example"))));
      refused(
          app, Refusal.AUDIENCE, add(tokens, issuer.token("v", claims -> claims.audience("blog"))));
      refused(
          app,
          Refusal.TIME,
          add(tokens, issuer.token("v", claims -> claims.expirationTime(secondsFromNow(-120)))));
      refused(
          app,
          Refusal.TIME,
          add(tokens, issuer.token("v", claims -> claims.issueTime(secondsFromNow(120)))));
      refused(
          app,
          Refusal.CLAIMS,
          add(tokens, issuer.token("v", claims -> claims.expirationTime(null))));
      refused(
          app,
          Refusal.CLAIMS,
          add(tokens, issuer.token("v", claims -> claims.claim("nonce", "n"))));
      refused(
          app,
          Refusal.CLAIMS,
          add(tokens, issuer.token("v", claims -> claims.claim("events", Map.of()))));
      refused(app, Refusal.CLAIMS, add(tokens, issuer.token("v", claims -> claims.jwtID(null))));
      refused(app, Refusal.MISMATCH, add(tokens, issuer.token("another", claims -> {})));
      refused(
          app, Refusal.MISMATCH, add(tokens, issuer.token("v", claims -> claims.subject("bob"))));
      long before = app.status().refused().getOrDefault(Refusal.MALFORMED, 0L);
      redis.send("{\"sid\":\"v\"}", false);
      until(() -> app.status().refused().getOrDefault(Refusal.MALFORMED, 0L) == before + 1);

      settled(app);
      assertThat(app.heard).isEmpty();
      assertThat(log.text()).contains("Refused").doesNotContain(good);
      tokens.forEach(token -> assertThat(log.text()).doesNotContain(token));
    }
  }

  private static String add(List<String> tokens, String token) {
    tokens.add(token);
    return token;
  }

  private void refused(App app, Refusal refusal, String token) {
    long before = app.status().refused().getOrDefault(refusal, 0L);
    redis.send(issuer.message("v", token));
    await(refusal + " of " + token)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> app.status().refused().getOrDefault(refusal, 0L) == before + 1);
  }

  private static Date secondsFromNow(long seconds) {
    return Date.from(Instant.now().plusSeconds(seconds));
  }

  private String signedWithThePublicKeyAsSecret() throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256)
                .keyID(issuer.key().getKeyID())
                .type(new JOSEObjectType("logout+jwt"))
                .build(),
            issuer.claims("v", claims -> {}));
    jwt.sign(new MACSigner(issuer.key().toRSAPublicKey().getEncoded()));
    return jwt.serialize();
  }

  /** A good signature under a token of another type. */
  private String idToken() {
    return TestIssuer.sign(
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .keyID(issuer.key().getKeyID())
            .type(JOSEObjectType.JWT)
            .build(),
        issuer.key(),
        issuer.claims("v", claims -> {}));
  }

  @Test
  void believesATokenSignedWithTheClientsSecretOnlyWhenTold() throws Exception {
    String secret = "0123456789abcdef0123456789abcdef";
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256)
                .type(new JOSEObjectType("logout+jwt"))
                .build(),
            issuer.claims("s1", claims -> {}));
    jwt.sign(new MACSigner(secret));
    App told = new App().start(builder -> builder.clientSecret(secret));
    App untold = app();
    redis.send(issuer.message("s1", jwt.serialize()));
    untilAsserted(() -> assertThat(told.heard).containsExactly("s1"));
    until(() -> untold.status().refused().getOrDefault(Refusal.SIGNATURE, 0L) == 1);
    redis.send(issuer.ended("s2"));
    untilAsserted(() -> assertThat(untold.heard).containsExactly("s2"));
    until(() -> told.status().refused().getOrDefault(Refusal.SIGNATURE, 0L) == 1);
  }

  @Test
  void believesEverythingWithoutVerificationWhichMustBeSaid() {
    App app = new App().start(LogoutSubscription.Builder::withoutVerification);
    redis.send(issuer.message("s1", null));
    untilAsserted(() -> assertThat(app.heard).containsExactly("s1"));
  }

  @Test
  void dropsARepeatWhoeverHandledTheFirst() {
    SessionEnded message = issuer.ended("s1");
    App first = actingApp();
    redis.send(message);
    until(() -> first.heard.size() == 1);
    redis.send(message);
    until(() -> first.status().repeated() == 1);
    first.close();

    App second = actingApp();
    redis.send(message);
    until(() -> second.status().repeated() == 1);
    settled(second);
    assertThat(first.heard).containsExactly("s1");
    assertThat(second.heard).isEmpty();
  }

  @Test
  void refusesATokenThatCameInAnotherMessageBefore() {
    App first = actingApp();
    SessionEnded message = issuer.ended("s1");
    redis.send(message);
    until(() -> first.heard.size() == 1);
    redis.send(issuer.message("s1", message.logoutToken()));
    until(() -> first.status().refused().getOrDefault(Refusal.REPLAYED, 0L) == 1);
    first.close();

    App second = actingApp();
    redis.send(issuer.message("s1", message.logoutToken()));
    until(() -> second.status().refused().getOrDefault(Refusal.REPLAYED, 0L) == 1);
    settled(second);
    assertThat(second.heard).isEmpty();
  }

  @Test
  void aForgedMessageDoesNotKeepTheTrueOneOfItsIdAway() {
    SessionEnded message = issuer.ended("s1");
    redis.send(message.forClient(message.sub(), issuer.token("s1", TestIssuer.newKey(), c -> {})));
    SessionEnded otherToken = issuer.ended("s0");
    redis.send(
        new SessionEnded(
            message.id(),
            otherToken.source(),
            otherToken.time(),
            otherToken.realm(),
            "s0",
            otherToken.sub(),
            false,
            otherToken.reason(),
            otherToken.initiator(),
            null,
            otherToken.logoutToken()));
    App app = actingApp();
    redis.send(message);
    untilAsserted(() -> assertThat(app.heard).containsExactly("s0", "s1"));
  }

  @Test
  void followsARotatedKey() {
    App app = app();
    redis.send(issuer.ended("s1"));
    until(() -> app.heard.size() == 1);
    issuer.rotateKey();
    redis.send(issuer.ended("s2"));
    untilAsserted(() -> assertThat(app.heard).containsExactly("s1", "s2"));
  }

  @Test
  void waitsForTheKeysRatherThanRefuse() {
    issuer.answering(false);
    App app = app();
    redis.send(issuer.ended("s1"));
    until(() -> !app.status().verifying());
    assertThat(app.status().refused()).isEmpty();
    assertThat(app.heard).isEmpty();
    issuer.answering(true);
    untilAsserted(() -> assertThat(app.heard).containsExactly("s1"));
    assertThat(app.status().verifying()).isTrue();
  }

  @Test
  void goesOnWhenRedisIsBack() {
    App hears = app();
    App acts = actingApp();
    settled(hears);
    until(() -> acts.status().connected());
    redis.server().kill();
    until(() -> !hears.status().connected() && !acts.status().connected());
    assertThat(hears.status().problem()).isNotBlank();
    redis.server().start();
    untilSent(issuer.ended("s1"));
    untilAsserted(() -> assertThat(hears.heard).containsExactly("s1"));
    untilAsserted(() -> assertThat(acts.heard).contains("s1"));
    assertThat(hears.status().connected()).isTrue();
    assertThat(hears.status().problem()).isNull();
    settled(hears);
    until(() -> acts.heard.size() == 3);
    assertThat(hears.gaps).isEmpty();
  }

  private void untilSent(SessionEnded message) {
    await().atMost(PATIENCE).ignoreExceptions().until(() -> redis.send(message) != null);
  }

  @Test
  void startsWhileRedisIsAway() {
    redis.server().stop();
    App app = app();
    until(() -> !app.status().connected() && app.status().problem() != null);
    redis.server().start();
    untilSent(issuer.ended("s1"));
    untilAsserted(() -> assertThat(app.heard).containsExactly("s1"));
  }

  @Test
  void tellsOfWhatIsMissing() {
    App hears = app();
    App acts = actingApp();
    redis.send(issuer.ended("s1"));
    until(() -> hears.heard.size() == 1 && acts.heard.size() == 1);
    hears.close();
    StreamEntryID lost = redis.send(issuer.ended("lost"));
    redis.operator().xdel(RedisFixture.STREAM, lost);
    Map<String, String> fields =
        Map.of(
            "message",
            SessionEndedCodec.encode(issuer.ended("s2")),
            "previous",
            new StreamEntryID(lost.getTime() + 1, 0).toString());
    redis.operator().xadd(RedisFixture.STREAM, new StreamEntryID(lost.getTime() + 2, 0), fields);
    until(() -> acts.heard.contains("s2"));
    assertThat(acts.gaps).hasSize(1);
    assertThat(acts.status().gaps()).isEqualTo(1);
  }

  @Test
  void tellsThatTheStreamBeganAnew() {
    App hears = app();
    App acts = actingApp();
    redis.send(issuer.ended("s1"));
    until(() -> hears.heard.size() == 1 && acts.heard.size() == 1);
    redis.operator().flushAll();
    redis.send(issuer.ended("s2"));
    until(() -> hears.heard.size() == 2 && acts.heard.size() == 2);
    assertThat(hears.gaps).hasSize(1);
    assertThat(hears.gaps.get(0).previous()).isEqualTo("0-0");
    assertThat(acts.gaps).hasSize(1);
  }

  @Test
  void doesWithoutTheFieldThatShowsGaps() {
    App hears = app();
    App acts = actingApp();
    for (int i = 0; i < 3; i++) {
      redis.send(SessionEndedCodec.encode(issuer.ended("s" + i)), false);
    }
    until(() -> hears.heard.size() == 3 && acts.heard.size() == 3);
    redis.operator().flushAll();
    redis.send(SessionEndedCodec.encode(issuer.ended("s3")), false);
    until(() -> hears.heard.size() == 4 && acts.heard.size() == 4);
    assertThat(hears.gaps).isEmpty();
    assertThat(acts.gaps).isEmpty();
  }

  @Test
  void namesWhatIsMissingOrWrong() {
    LogoutSubscription.Builder builder = LogoutSubscription.builder();
    assertThatThrownBy(builder::start).hasMessage("redis is missing");
    builder.redis(redis.operator());
    assertThatThrownBy(builder::start).hasMessage("issuer is missing");
    builder.issuer("https://id.example/auth");
    assertThatThrownBy(builder::start).hasMessage("clientId must not be empty");
    builder.clientId("shop");
    assertThatThrownBy(builder::start).hasMessage("onSessionEnded is missing");
    builder.onSessionEnded(ended -> {});
    assertThatThrownBy(builder::start).hasMessage("choose everyInstanceHears or oneInstanceActs");
    builder.everyInstanceHears();
    assertThatThrownBy(builder::start)
        .hasMessage(
            "issuer=https://id.example/auth: does not end in /realms/<realm>; name the realm itself");
    builder.realm("acme").algorithms("HS256");
    assertThatThrownBy(builder::start)
        .hasMessageContaining("algorithms")
        .hasMessageContaining("HS256");
    assertThatThrownBy(() -> builder.algorithms("none")).hasMessageContaining("none");
    assertThatThrownBy(() -> builder.attempts(0)).hasMessage("attempts=0: must be at least 1");
    assertThatThrownBy(() -> builder.pollInterval(Duration.ZERO))
        .hasMessage("pollInterval=PT0S: must be more than zero");
  }
}
