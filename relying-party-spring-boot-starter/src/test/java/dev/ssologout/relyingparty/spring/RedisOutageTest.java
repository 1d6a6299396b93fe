package dev.ssologout.relyingparty.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** An app that is cut off from Redis, while Keycloak is not. */
class RedisOutageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void theAppRunsOnSaysSoAndCatchesUp() throws Exception {
    Identity identity = Identity.shared();
    String realm = identity.createRealm("");
    try (Way way = new Way();
        Instance app =
            new Instance(realm, Instance.Store.MEMORY, "sso-logout.redis.url", way.uri()).start()) {
      await().atMost(PATIENCE).until(() -> health(app).contains("UP"));
      Browser user = new Browser();
      user.signIn(app, "alice");
      Browser bystander = new Browser();
      bystander.signIn(app, "bob");

      way.cut();
      await().atMost(PATIENCE).until(() -> health(app).contains("UNKNOWN"));
      assertThat(user.get(app.uri("/actuator/health")).statusCode()).isEqualTo(200);
      user.logout(identity.issuer(realm));
      assertThat(bystander.isSignedIn(app)).isTrue();

      way.open();
      await().atMost(PATIENCE).until(() -> !user.isSignedIn(app));
      await().atMost(PATIENCE).until(() -> health(app).contains("UP"));
      assertThat(bystander.isSignedIn(app)).isTrue();
    }
  }

  @Test
  void whoSignsInWhileTheAppsOwnRedisIsAwayIsSignedOutToo() throws Exception {
    Identity identity = Identity.shared();
    String realm = identity.createRealm("");
    try (Way way = new Way();
        Instance app =
            new Instance(
                    realm,
                    Instance.Store.JDBC,
                    "spring.data.redis.url",
                    way.uri(),
                    "spring.data.redis.timeout",
                    "500ms",
                    "sso-logout.redis.url",
                    identity.redis().uri().toString())
                .start()) {
      way.cut();
      Browser user = new Browser();
      user.signIn(app, "alice");
      Browser bystander = new Browser();
      bystander.signIn(app, "bob");
      way.open();
      user.logout(identity.issuer(realm));
      await().atMost(PATIENCE).until(() -> !user.isSignedIn(app));
      assertThat(bystander.isSignedIn(app)).isTrue();
    }
  }

  private static String health(Instance app) {
    return JsonParser.parseString(new Browser().get(app.uri("/actuator/health")).body())
        .getAsJsonObject()
        .getAsJsonObject("components")
        .getAsJsonObject("ssoLogout")
        .get("status")
        .getAsString();
  }

  @Test
  void anApiTakesOrRefusesTokensByChoice() throws Exception {
    Identity identity = Identity.shared();
    String realm = identity.createRealm("");
    try (Way way = new Way();
        Instance open = api(realm, way, "fail-open").start();
        Instance closed = api(realm, way, "fail-closed").start()) {
      JsonObject tokens = identity.passwordGrant(realm, "alice");
      String token = tokens.get("access_token").getAsString();
      assertThat(status(open, token)).isEqualTo(200);
      assertThat(status(closed, token)).isEqualTo(200);
      way.cut();
      await().atMost(PATIENCE).until(() -> status(closed, token) == 401);
      assertThat(status(open, token)).isEqualTo(200);
      way.open();
      await().atMost(PATIENCE).until(() -> status(closed, token) == 200);
    }
  }

  private static Instance api(String realm, Way way, String whenUnreachable) {
    return new Instance(
        realm,
        Instance.Store.MEMORY,
        "spring.security.oauth2.resourceserver.jwt.issuer-uri",
        Identity.shared().issuer(realm),
        "sso-logout.redis.url",
        way.uri(),
        "sso-logout.redis.username",
        "orders",
        "sso-logout.ended-sessions.when-unreachable",
        whenUnreachable);
  }

  private static int status(Instance api, String token) throws Exception {
    return new Browser()
        .http()
        .send(
            HttpRequest.newBuilder(api.uri("/api/orders"))
                .header("Authorization", "Bearer " + token)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }
}
