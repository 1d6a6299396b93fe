package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ssologout.message.SessionEnded;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.representations.idm.AdminEventRepresentation;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;

/** What an operator sees and can do while all is well; for the rest see {@link DeadLetterTest}. */
@IntegrationTest
class OperationTest {
  private static final Pattern METRIC = Pattern.compile("`(sso_logout_[a-z_]+)");

  @Test
  void countsWhatIsCapturedAndSent(Stack stack, TestRealm realm) {
    String captured = "sso_logout_captured_total{reason=\"logout\"}";
    Login login = realm.signIn("alice", "shop");
    Metrics before = Metrics.of(stack);

    login.logout();
    realm.messages().awaitOne();

    Metrics after = Metrics.of(stack);
    for (String counter :
        List.of(captured, "sso_logout_sent_total", "sso_logout_commit_to_publish_seconds_count")) {
      // Other tests are at work on the same server.
      assertThat(after.value(counter)).as(counter).isGreaterThan(before.value(counter));
    }
    assertThat(after.value("sso_logout_redis_up")).isEqualTo(1);
    assertThat(after.value("sso_logout_waiting")).isNotNaN();
  }

  @Test
  void documentsEveryMetricAndNoOther(Stack stack) throws IOException {
    Set<String> documented = new TreeSet<>();
    Matcher matcher =
        METRIC.matcher(
            Files.readString(Path.of(System.getProperty("testsuite.docs"), "operations.md")));
    while (matcher.find()) {
      documented.add(matcher.group(1));
    }

    Set<String> shown = Metrics.of(stack).names();
    // The greatest value beside each histogram, which Micrometer adds.
    shown.removeIf(name -> name.endsWith("_seconds_max"));
    assertThat(documented).isEqualTo(shown);
  }

  @Test
  void showsRedisInKeycloaksHealth(Stack stack) {
    HttpResponse<String> ready = Metrics.management(stack, "/health/ready");

    assertThat(AdminApi.json(ready, 200).get("checks"))
        .filteredOn(check -> check.get("name").asText().equals("SSO logout messages to Redis"))
        .singleElement()
        .satisfies(
            check -> {
              assertThat(check.get("status").asText()).isEqualTo("UP");
              assertThat(check.get("data").get("redis").asText()).isEqualTo("up");
            });
  }

  @Test
  void showsHowTheMessagesOfARealmFare(Stack stack, TestRealm realm) {
    realm.signIn("alice", "shop").logout();
    realm.messages().awaitOne();

    JsonNode state = AdminApi.of(realm).get("delivery");

    assertThat(state.get("enabled").asBoolean()).isTrue();
    assertThat(state.get("waiting").asInt()).isZero();
    assertThat(state.get("deadLetters").asInt()).isZero();
    assertThat(state.has("oldestWaitingSince")).isFalse();
    JsonNode node = state.get("node");
    assertThat(node.get("redis").asText())
        .isEqualTo("redis://127.0.0.1:" + stack.redis().port() + "/0");
    assertThat(node.get("redisUp").asBoolean()).isTrue();
    assertThat(Instant.parse(node.get("lastSent").asText())).isBefore(Instant.now());
  }

  @Test
  void answersForARealmWithoutTheListener(Stack stack) {
    try (TestRealm realm =
        stack.createRealm(settings -> settings.getEventsListeners().remove(TestRealm.LISTENER))) {
      assertThat(AdminApi.of(realm).get("delivery").get("enabled").asBoolean()).isFalse();
    }
  }

  @Test
  void replaysWhatAClientMissed(TestRealm realm) {
    realm.update(settings -> settings.setAdminEventsEnabled(true));
    Login first = realm.signIn("alice", "shop");
    Login second = realm.signIn("alice", "shop");
    Login elsewhere = realm.signIn("alice", "blog");
    first.logout();
    second.logout();
    elsewhere.logout();
    List<SessionEnded> all = realm.messages().awaitExactly(3);
    String channel = realm.names().client(realm.name(), "shop");
    // As a relying party that was away for longer than its stream goes back.
    try (UnifiedJedis redis = realm.stack().connect()) {
      redis.xtrim(channel, 0, false);
    }
    String request =
        """
        {"client": "shop", "from": "2020-01-01T00:00:00Z", "to": "%s"}
        """
            .formatted(Instant.now().plusSeconds(60));

    JsonNode replayed = AdminApi.json(AdminApi.of(realm).post("replay", request), 200);

    assertThat(replayed.get("replayed").asInt()).isEqualTo(2);
    assertThat(replayed.has("next")).isFalse();
    assertThat(realm.messages().all("shop"))
        .extracting(SessionEnded::id)
        .containsExactly(all.get(0).id(), all.get(1).id());
    assertThat(realm.messages().logoutToken("shop", second.sid())).isNotNull();
    assertThat(realm.messages().timesPublished(channel, first.sid())).isEqualTo(2);
    assertThat(realm.messages().all("blog"))
        .filteredOn(message -> message.sid().equals(elsewhere.sid()))
        .hasSize(1);
    assertThat(realm.admin().getAdminEvents())
        .filteredOn(event -> "SSO_LOGOUT_REPLAY".equals(event.getResourceType()))
        .singleElement()
        .returns("redis-logout/replay", AdminEventRepresentation::getResourcePath);
  }

  @Test
  void goesOnWithAReplayWhereItStopped(TestRealm realm) {
    Login first = realm.signIn("alice", "shop");
    Login second = realm.signIn("alice", "shop");
    first.logout();
    second.logout();
    realm.messages().awaitExactly(2);
    StreamEntryID entry;
    try (UnifiedJedis redis = realm.stack().connect()) {
      entry =
          redis
              .xrange(realm.names().realm(realm.name()), (StreamEntryID) null, null)
              .get(0)
              .getID();
    }

    HttpResponse<String> response =
        AdminApi.of(realm)
            .post(
                "replay",
                """
                {"client": "shop", "from": "2020-01-01T00:00:00Z",
                 "to": "2100-01-01T00:00:00Z", "after": "%s"}
                """
                    .formatted(entry));

    assertThat(AdminApi.json(response, 200).get("replayed").asInt()).isEqualTo(1);
    assertThat(realm.messages().all("shop"))
        .extracting(SessionEnded::sid)
        .containsExactly(first.sid(), second.sid(), second.sid());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | client",
        "{\"client\": \"nobody\", \"from\": \"2026-01-01T00:00:00Z\", \"to\": \"2026-01-02T00:00:00Z\"} | client",
        "{\"client\": \"a\\u0000\", \"from\": \"2026-01-01T00:00:00Z\", \"to\": \"2026-01-02T00:00:00Z\"} | client",
        "{\"client\": \"shop\", \"to\": \"2026-01-02T00:00:00Z\"} | from",
        "{\"client\": \"shop\", \"from\": \"yesterday\", \"to\": \"2026-01-02T00:00:00Z\"} | from",
        "{\"client\": \"shop\", \"from\": \"-1000000-01-01T00:00:00Z\", \"to\": \"2026-01-02T00:00:00Z\"} | from",
        "{\"client\": \"shop\", \"from\": \"2026-01-02T00:00:00Z\", \"to\": \"2026-01-02T00:00:00Z\"} | to",
        "{\"client\": \"shop\", \"from\": \"2026-01-01T00:00:00Z\", \"to\": \"2026-01-02T00:00:00Z\", \"after\": \"x\"} | after",
        "{\"client\": \"shop\", \"realm\": \"master\"} | realm",
      })
  void refusesToReplayWhatMakesNoSense(String request, String member, TestRealm realm) {
    HttpResponse<String> response = AdminApi.of(realm).post("replay", request);

    AdminApi.isProblem(response, 400, "invalid-body");
    assertThat(AdminApi.json(response, 400).get("member").asText()).isEqualTo(member);
  }

  @Test
  void letsThoseReadWhoMayViewTheRealmAndThoseChangeWhoMayManageIt(TestRealm realm) {
    List<String> reading = List.of("delivery", "dead-letters");
    List<String> changing = List.of("dead-letters/retry", "dead-letters/1/retry", "replay");
    AdminApi nobody = api(realm, "alice");
    reading.forEach(path -> AdminApi.isProblem(nobody.call("GET", path), 403, "forbidden"));

    realm.grant("alice", "realm-management", "view-realm");
    AdminApi viewer = api(realm, "alice");
    reading.forEach(viewer::get);
    changing.forEach(path -> AdminApi.isProblem(viewer.post(path, "{}"), 403, "forbidden"));
    AdminApi.isProblem(viewer.call("DELETE", "dead-letters/1"), 403, "forbidden");

    realm.grant("bob", "realm-management", "manage-realm");
    AdminApi manager = api(realm, "bob");
    AdminApi.json(manager.post("dead-letters/retry", ""), 200);
    for (String id : List.of("1", "a".repeat(256), "%27%20or%20%27%27=%27")) {
      AdminApi.isProblem(manager.call("DELETE", "dead-letters/" + id), 404, "not-found");
    }
    AdminApi.isProblem(manager.post("replay", "{}"), 400, "invalid-body");
  }

  @Test
  void isClosedToAnotherRealmsAdministrator(Stack stack, TestRealm realm) {
    try (TestRealm other = stack.createRealm()) {
      other.grant("alice", "realm-management", "manage-realm");
      String token = other.userAgent().passwordGrant("alice", "shop", "openid").accessToken();

      assertThat(AdminApi.of(realm, token).call("GET", "delivery").statusCode())
          .isBetween(401, 403);
    }
  }

  private static AdminApi api(TestRealm realm, String username) {
    return AdminApi.of(
        realm, realm.userAgent().passwordGrant(username, "shop", "openid").accessToken());
  }

  @Test
  void namesInEachEntryTheOneBefore(TestRealm realm) {
    realm.signIn("alice", "shop").logout();
    realm.signIn("alice", "shop").logout();
    realm.messages().awaitExactly(2);
    try (UnifiedJedis redis = realm.stack().connect()) {
      var entries =
          redis.xrange(realm.names().client(realm.name(), "shop"), (StreamEntryID) null, null);
      assertThat(entries.get(0).getFields()).containsEntry("previous", "0-0");
      assertThat(entries.get(1).getFields())
          .containsEntry("previous", entries.get(0).getID().toString());
    }
    await().until(() -> AdminApi.of(realm).get("delivery").get("waiting").asInt() == 0);
  }
}
