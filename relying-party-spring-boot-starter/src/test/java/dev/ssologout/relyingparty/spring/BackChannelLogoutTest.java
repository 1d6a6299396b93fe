package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.security.oauth2.client.oidc.authentication.logout.OidcLogoutToken;
import org.springframework.security.oauth2.client.oidc.session.OidcSessionInformation;
import org.springframework.security.oauth2.client.oidc.session.OidcSessionRegistry;
import org.springframework.security.oauth2.core.oidc.OidcIdToken;
import org.springframework.security.oauth2.core.oidc.user.DefaultOidcUser;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;

/**
 * Spring Security's own {@code oidcLogout(backChannel)} on two instances, of which Keycloak calls
 * one. What our event listener sends reaches neither.
 */
class BackChannelLogoutTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String STREAM = "sso-logout-sessions:shop:back-channel";

  private final Identity identity = Identity.shared();

  private static Instance app(String realm, Instance.Store store, String... more) {
    String[] deaf = {"sso-logout.redis.url", "redis://127.0.0.1:1"};
    String[] properties = new String[deaf.length + more.length];
    System.arraycopy(deaf, 0, properties, 0, deaf.length);
    System.arraycopy(more, 0, properties, deaf.length, more.length);
    return new Instance(realm, store, properties);
  }

  private static Browser signedIn(String username, Instance... apps) {
    Browser browser = new Browser();
    for (Instance app : apps) {
      browser.signIn(app, username);
    }
    return browser;
  }

  private static void untilSignedOut(Browser browser, Instance... apps) {
    for (Instance app : apps) {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> !browser.isSignedIn(app));
    }
  }

  @ParameterizedTest
  @CsvSource({"MEMORY, true", "MEMORY, false", "JDBC, true"})
  void endsTheSessionsOnEveryInstance(Instance.Store store, boolean withSid) throws Exception {
    String realm = identity.createRealm("");
    try (Instance one = app(realm, store).start();
        Instance called = app(realm, store).start()) {
      identity.callBack(realm, called.backChannelLogout(), withSid);
      Browser user = signedIn("alice", one, called);
      Browser bystander = signedIn("bob", one, called);
      CompletableFuture<HttpResponse<String>> stream = stream(user, one);
      CompletableFuture<HttpResponse<String>> bystandersStream = stream(bystander, one);

      user.logout(identity.issuer(realm));
      untilSignedOut(user, one, called);
      assertThat(stream.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).body()).contains("open");

      // And who signs in again by another session stays; tokens know of no less than seconds.
      long ended = Instant.now().getEpochSecond();
      await().until(() -> Instant.now().getEpochSecond() > ended);
      user.signIn(one, "alice");
      user.signIn(called, "alice");
      assertThat(bystander.isSignedIn(one)).isTrue();
      assertThat(bystander.isSignedIn(called)).isTrue();
      assertThat(bystandersStream).isNotDone();
      // Else the app would wait for it when it stops.
      bystander.logout(identity.issuer(realm));
      bystandersStream.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static CompletableFuture<HttpResponse<String>> stream(Browser browser, Instance app) {
    return browser
        .http()
        .sendAsync(
            HttpRequest.newBuilder(app.uri("/stream")).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void reachesAnInstanceThatWasCutOff() throws Exception {
    String realm = identity.createRealm("");
    try (Way way = new Way();
        Instance one = app(realm, Instance.Store.MEMORY, through(way)).start();
        Instance called = app(realm, Instance.Store.MEMORY).start()) {
      identity.callBack(realm, called.backChannelLogout(), true);
      Browser user = signedIn("alice", one, called);
      await().atMost(PATIENCE).until(() -> problem(one) == null);
      way.cut();
      await().atMost(PATIENCE).until(() -> problem(one) != null);

      user.logout(identity.issuer(realm));
      untilSignedOut(user, called);
      assertThat(user.isSignedIn(one)).isTrue();

      way.open();
      untilSignedOut(user, one);
    }
  }

  @Test
  void isToldLaterByAnInstanceThatWasCutOffWhenItWasCalled() throws Exception {
    String realm = identity.createRealm("");
    try (Way way = new Way()) {
      way.cut();
      try (Instance one = app(realm, Instance.Store.MEMORY).start();
          Instance called = app(realm, Instance.Store.MEMORY, through(way)).start()) {
        identity.callBack(realm, called.backChannelLogout(), true);
        Browser user = signedIn("alice", one, called);

        user.logout(identity.issuer(realm));
        untilSignedOut(user, called);
        assertThat(user.isSignedIn(one)).isTrue();

        way.open();
        untilSignedOut(user, one);
      }
    }
  }

  private static String[] through(Way way) {
    return new String[] {"spring.data.redis.url", way.uri(), "spring.data.redis.timeout", "500ms"};
  }

  private static String problem(Instance app) {
    return app.bean(BackChannelLogouts.class).problem();
  }

  @Test
  void endsNothingByTheTokenOfAnotherIssuerOrClient() {
    String realm = identity.createRealm("");
    try (Instance app = app(realm, Instance.Store.MEMORY).start();
        RedisClient operator = RedisClient.create(identity.redis().uri())) {
      Browser user = signedIn("alice", app);
      String sub = identity.userId(realm, "alice");
      OidcSessionRegistry registry = app.bean(OidcSessionRegistry.class);
      String issuer = identity.issuer(realm);

      // Of those who signed in by it, Spring Security is told as ever.
      OidcSessionInformation others = others("https://other.example", "shop", sub);
      registry.saveSessionInformation(others);
      assertThat(registry.removeSessionInformation(token("https://other.example", "shop", sub)))
          .containsExactly(others);
      assertThat(registry.removeSessionInformation(token(issuer, "blog", sub))).isEmpty();
      operator.xadd(STREAM, StreamEntryID.NEW_ENTRY, Map.of("sub", sub));
      operator.xadd(STREAM, StreamEntryID.NEW_ENTRY, Map.of("sub", sub, "endedAt", "now"));
      long earlier = Instant.now().minusSeconds(3600).getEpochSecond();
      operator.xadd(STREAM, StreamEntryID.NEW_ENTRY, Map.of("sub", sub, "endedAt", "" + earlier));

      // What comes later is heard, so all this was.
      Browser bystander = signedIn("bob", app);
      String bob = identity.userId(realm, "bob");
      String now = Long.toString(Instant.now().plusSeconds(1).getEpochSecond());
      operator.xadd(STREAM, StreamEntryID.NEW_ENTRY, Map.of("sub", bob, "endedAt", now));
      untilSignedOut(bystander, app);
      assertThat(user.isSignedIn(app)).isTrue();

      assertThat(registry.removeSessionInformation(token(issuer, "shop", sub))).isEmpty();
      untilSignedOut(user, app);
    }
  }

  private static OidcLogoutToken token(String issuer, String audience, String sub) {
    Consumer<Map<String, Object>> claims =
        all ->
            all.putAll(
                Map.of(
                    "iss", URI.create(issuer).toString(),
                    "aud", List.of(audience),
                    "sub", sub,
                    "iat", Instant.now().plusSeconds(1)));
    return OidcLogoutToken.withTokenValue("verified before")
        .claims(claims)
        .jti("1")
        .events(Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()))
        .build();
  }

  private static OidcSessionInformation others(String issuer, String audience, String sub) {
    OidcIdToken idToken =
        OidcIdToken.withTokenValue("verified before")
            .issuer(issuer)
            .audience(List.of(audience))
            .subject(sub)
            .build();
    return new OidcSessionInformation("1", Map.of(), new DefaultOidcUser(List.of(), idToken));
  }
}
