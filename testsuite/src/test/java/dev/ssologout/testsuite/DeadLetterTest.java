package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ssologout.message.SessionEnded;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.AdminEventRepresentation;
import redis.clients.jedis.UnifiedJedis;

/** A message that Redis refuses stands in nobody's way, is set aside, and can be sent yet. */
class DeadLetterTest {
  private static Stack stack;

  @BeforeAll
  static void start() {
    stack =
        Stack.start(
            "--spi-events-listener--redis-logout--max-attempts=2",
            "--spi-events-listener--redis-logout--scan-interval=200");
    stack.expectErrors("is set aside after 2 tries: WRONGTYPE");
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void isSetAsideAfterTheLastTryAndNamedInTheLog() {
    try (TestRealm realm = stack.createRealm()) {
      spoil(realm, "shop");
      double before = Metrics.of(stack).value("sso_logout_dead_lettered_total");
      Login refused = realm.signIn("alice", "shop");
      Login taken = realm.signIn("bob", "blog");

      refused.logout();
      taken.logout();

      assertThat(realm.messages().awaitOne().sid()).isEqualTo(taken.sid());
      JsonNode letter = awaitDeadLetters(realm, 1).get(0);
      assertThat(letter.get("sid").asText()).isEqualTo(refused.sid());
      assertThat(letter.get("reason").asText()).isEqualTo("logout");
      assertThat(letter.get("clients").get(0).asText()).isEqualTo("shop");
      assertThat(letter.get("attempts").asInt()).isEqualTo(2);
      assertThat(letter.get("error").asText()).startsWith("WRONGTYPE");
      stack.awaitLog(0, " ERROR ", letter.get("id").asText(), "realm " + realm.name());
      assertThat(Metrics.of(stack).value("sso_logout_dead_lettered_total")).isEqualTo(before + 1);
      assertThat(realm.messages().marker(refused.sid())).isNull();
    }
  }

  @Test
  void isSentOnceItIsRetried() {
    try (TestRealm realm = stack.createRealm()) {
      realm.update(settings -> settings.setAdminEventsEnabled(true));
      Login login = setAside(realm);
      String id = awaitDeadLetters(realm, 1).get(0).get("id").asText();

      mend(realm, "shop");
      UserAgent.expect(AdminApi.of(realm).call("POST", "dead-letters/" + id + "/retry"), 204);

      SessionEnded message = realm.messages().awaitOne();
      assertThat(message.id()).isEqualTo(id);
      assertThat(message.sid()).isEqualTo(login.sid());
      assertThat(realm.messages().logoutToken("shop", login.sid())).isNotNull();
      assertThat(awaitDeadLetters(realm, 0)).isEmpty();
      assertThat(realm.admin().getAdminEvents())
          .filteredOn(event -> "SSO_LOGOUT_DEAD_LETTER".equals(event.getResourceType()))
          .singleElement()
          .returns("ACTION", AdminEventRepresentation::getOperationType)
          .returns(
              "redis-logout/dead-letters/" + id + "/retry",
              AdminEventRepresentation::getResourcePath);
    }
  }

  @Test
  void isGoneOnceItIsDropped() {
    try (TestRealm realm = stack.createRealm()) {
      setAside(realm);
      String path = "dead-letters/" + awaitDeadLetters(realm, 1).get(0).get("id").asText();
      AdminApi api = AdminApi.of(realm);
      assertThat(api.get(path).get("attempts").asInt()).isEqualTo(2);

      UserAgent.expect(api.call("DELETE", path), 204);

      AdminApi.isProblem(api.call("GET", path), 404, "not-found");
      AdminApi.isProblem(api.call("DELETE", path), 404, "not-found");
      AdminApi.isProblem(api.call("POST", path + "/retry"), 404, "not-found");
    }
  }

  @Test
  void isNoMatterOfAnotherRealm() {
    try (TestRealm realm = stack.createRealm();
        TestRealm other = stack.createRealm()) {
      setAside(realm);
      String path = "dead-letters/" + awaitDeadLetters(realm, 1).get(0).get("id").asText();

      AdminApi api = AdminApi.of(other);
      AdminApi.isProblem(api.call("GET", path), 404, "not-found");
      AdminApi.isProblem(api.call("DELETE", path), 404, "not-found");
      AdminApi.isProblem(api.call("POST", path + "/retry"), 404, "not-found");
      assertThat(AdminApi.json(api.post("dead-letters/retry", ""), 200).get("retried").asInt())
          .isZero();
      assertThat(awaitDeadLetters(realm, 1)).hasSize(1);
    }
  }

  @Test
  void leavesTheOthersOfItsRow() {
    try (TestRealm realm = stack.createRealm()) {
      spoil(realm, "shop");
      List<String> refused = new ArrayList<>();
      List<String> taken = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        refused.add(realm.signIn("alice", "shop").sid());
        taken.add(realm.signIn("bob", "blog").sid());
      }

      // One statement, one row.
      realm.admin().logoutAll();

      assertThat(realm.messages().awaitExactly(3))
          .extracting(SessionEnded::sid)
          .containsExactlyInAnyOrderElementsOf(taken);
      assertThat(awaitDeadLetters(realm, 3))
          .extracting(letter -> letter.get("sid").asText())
          .containsExactlyInAnyOrderElementsOf(refused);

      mend(realm, "shop");
      JsonNode retried = AdminApi.json(AdminApi.of(realm).post("dead-letters/retry", ""), 200);
      assertThat(retried.get("retried").asInt()).isEqualTo(3);
      assertThat(retried.get("more").asBoolean()).isFalse();
      await().until(() -> realm.messages().all("shop").size() == 3);
    }
  }

  @Test
  void isListedInPages() {
    try (TestRealm realm = stack.createRealm()) {
      spoil(realm, "shop");
      for (int i = 0; i < 3; i++) {
        realm.signIn("alice", "shop").logout();
      }
      List<JsonNode> all = awaitDeadLetters(realm, 3);
      AdminApi api = AdminApi.of(realm);

      JsonNode first = api.get("dead-letters?max=2");
      JsonNode second = api.get("dead-letters?max=2&after=" + first.get("next").asText());

      assertThat(first.get("deadLetters")).hasSize(2);
      assertThat(second.get("deadLetters")).containsExactly(all.get(2));
      assertThat(second.has("next")).isFalse();
      for (String query : List.of("max=0", "max=101", "max=x", "after=", "first=1")) {
        AdminApi.isProblem(
            api.call("GET", "dead-letters?" + query),
            400,
            query.startsWith("first") ? "unknown-parameter" : "invalid-parameter");
      }
    }
  }

  private static Login setAside(TestRealm realm) {
    spoil(realm, "shop");
    Login login = realm.signIn("alice", "shop");
    login.logout();
    return login;
  }

  /** Puts something else in the place of the client's stream. */
  private static void spoil(TestRealm realm, String clientId) {
    try (UnifiedJedis redis = stack.connect()) {
      redis.set(realm.names().client(realm.name(), clientId), "no stream");
    }
  }

  private static void mend(TestRealm realm, String clientId) {
    try (UnifiedJedis redis = stack.connect()) {
      redis.del(realm.names().client(realm.name(), clientId));
    }
  }

  private static List<JsonNode> awaitDeadLetters(TestRealm realm, int count) {
    List<JsonNode> letters = new ArrayList<>();
    await("%d dead letters".formatted(count))
        .atMost(MessageLog.PATIENCE)
        .until(
            () -> {
              letters.clear();
              AdminApi.of(realm).get("dead-letters").get("deadLetters").forEach(letters::add);
              return letters.size() == count;
            });
    return letters;
  }
}
