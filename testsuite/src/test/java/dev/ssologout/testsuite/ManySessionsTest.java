package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.launcher.KeycloakServer;
import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A realm of very many sessions on PostgreSQL: every page of the administrators' list holds what it
 * should, and what it takes is printed beside Keycloak's own list of one user's ten sessions.
 */
@Tag("faults")
@Timeout(1200)
class ManySessionsTest {
  private static final int SESSIONS = 100_000;
  private static final int ROUNDS = 40;

  @Test
  void listsPageByPage() {
    RedisServer redis = RedisServer.builder().start();
    PostgresServer postgres = new PostgresServer().start();
    Database database = new Database(postgres);
    KeycloakServer keycloak =
        Stack.keycloakOnPostgres(redis.uri(), postgres.jdbcUrl(), "--log-level=INFO")
            // Keycloak's own, not those that start fast.
            .jvmOptions()
            .start();
    Runnable closeOthers =
        () -> {
          redis.close();
          postgres.close();
        };
    try (Stack stack = Stack.of(redis, List.of(keycloak), keycloak.url(), closeOthers)) {
      // Not removed at the end, which would tell of every session.
      TestRealm realm = stack.createRealm(settings -> settings.setSsoSessionIdleTimeout(36_000));
      for (int i = 0; i < 10; i++) {
        realm.signIn("bob", "shop");
      }
      Login rare = realm.signIn("alice", "blog");
      fill(realm, database, realm.userId("bob"));
      SessionsApi api = new SessionsApi(realm);

      Set<String> walked = walk(api);
      assertThat(walked).hasSize(SESSIONS + 11);

      Map<String, Supplier<RequestSpecification>> pages = pages(api, realm);
      assertThat(api.sids(api.admin().queryParam("client", "blog"))).containsExactly(rare.sid());
      measure(realm, pages);
    }
  }

  /** The sessions of ten thousand users, each with one client, as Keycloak would write them. */
  private static void fill(TestRealm realm, Database database, String like) {
    int added =
        database.update(
            "insert into offline_user_session (user_session_id, user_id, realm_id, created_on,"
                + " offline_flag, data, last_session_refresh, version, remember_me)"
                + " select 'many' || lpad(n::text, 20, '0'), 'user-' || n % 10000, s.realm_id,"
                + " s.created_on - n % 20000, '0',"
                + " replace(s.data, '127.0.0.1', '10.0.' || n % 250 || '.' || n / 250 % 250),"
                + " s.last_session_refresh - n % 9973, 0, n % 10 = 0"
                + " from generate_series(1, ?) n,"
                + " (select * from offline_user_session where user_id = ? limit 1) s",
            SESSIONS, like);
    assertThat(added).isEqualTo(SESSIONS);
    database.update(
        "insert into offline_client_session (user_session_id, client_id, offline_flag, timestamp,"
            + " data, client_storage_provider, external_client_id, version, realm_id)"
            + " select 'many' || lpad(n::text, 20, '0'), c.client_id, '0', c.timestamp, c.data,"
            + " c.client_storage_provider, c.external_client_id, 0, c.realm_id"
            + " from generate_series(1, ?) n, (select cs.* from offline_client_session cs"
            + " join offline_user_session us on us.user_session_id = cs.user_session_id"
            + " where us.user_id = ? limit 1) c",
        SESSIONS,
        like);
    realm.update(settings -> settings.setRememberMe(true));
    realm.update(settings -> settings.setSsoSessionIdleTimeoutRememberMe(36_000));
    database.update("analyze offline_user_session");
    database.update("analyze offline_client_session");
  }

  private static Set<String> walk(SessionsApi api) {
    Set<String> sids = new HashSet<>();
    String cursor = null;
    do {
      RequestSpecification list = api.admin().queryParam("sort", "started").queryParam("max", 100);
      Response page = (cursor == null ? list : list.queryParam("cursor", cursor)).get();
      List<String> found = page.path("sessions.sid");
      found.forEach(sid -> assertThat(sids.add(sid)).as(sid).isTrue());
      cursor = page.path("next");
      assertThat(cursor == null || found.size() == 100).isTrue();
    } while (cursor != null);
    return sids;
  }

  private static Map<String, Supplier<RequestSpecification>> pages(
      SessionsApi api, TestRealm realm) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    String deep =
        api.admin()
            .queryParam("sort", "-lastAccess")
            .queryParam("max", 20)
            .queryParam("lastAccessBefore", now.minusSeconds(5000).toString())
            .get()
            .path("next");
    Map<String, Supplier<RequestSpecification>> pages = new LinkedHashMap<>();
    pages.put("first page", api::admin);
    pages.put("first page of 100", () -> api.admin().queryParam("max", 100));
    pages.put("by last access", () -> api.admin().queryParam("sort", "-lastAccess"));
    pages.put(
        "in the middle, by cursor",
        () ->
            api.admin()
                .queryParam("sort", "-lastAccess")
                .queryParam("lastAccessBefore", now.minusSeconds(5000).toString())
                .queryParam("max", 20)
                .queryParam("cursor", deep));
    pages.put("of a user", () -> api.admin().queryParam("user", realm.userId("bob")));
    pages.put("of the client of all", () -> api.admin().queryParam("client", "shop"));
    pages.put("of the client of one", () -> api.admin().queryParam("client", "blog"));
    pages.put("of an address", () -> api.admin().queryParam("ipAddress", "10.0.7.7"));
    pages.put(
        "used long ago, by start",
        () -> api.admin().queryParam("lastAccessBefore", now.minusSeconds(9000).toString()));
    pages.put("count", () -> api.admin().basePath("/sso-sessions/count"));
    return pages;
  }

  private static void measure(TestRealm realm, Map<String, Supplier<RequestSpecification>> pages) {
    RequestSpecification own =
        RestAssured.given()
            .header(
                "Authorization",
                "Bearer " + realm.stack().admin().tokenManager().getAccessTokenString());
    String ofBob = realm.adminUri("/users/" + realm.userId("bob") + "/sessions").toString();
    Map<String, List<Long>> times = new LinkedHashMap<>();
    for (int round = 0; round < 2 * ROUNDS; round++) {
      // The first half is to warm up.
      boolean counts = round >= ROUNDS;
      long reference = time(() -> assertThat(own.get(ofBob).<List<?>>path("$")).hasSize(10));
      if (counts) {
        times
            .computeIfAbsent("Keycloak's own, ten sessions", n -> new ArrayList<>())
            .add(reference);
      }
      pages.forEach(
          (name, page) -> {
            RequestSpecification request = page.get();
            long time = time(() -> request.get().then().statusCode(200));
            if (counts) {
              times.computeIfAbsent(name, n -> new ArrayList<>()).add(time);
            }
          });
    }
    double reference = median(times.values().iterator().next());
    times.forEach(
        (name, measured) ->
            System.out.printf(
                "%d sessions, %s: %.1f ms, %.1f times Keycloak's own%n",
                SESSIONS, name, median(measured), median(measured) / reference));
  }

  private static long time(Runnable call) {
    long start = System.nanoTime();
    call.run();
    return System.nanoTime() - start;
  }

  private static double median(List<Long> nanos) {
    return Duration.ofNanos(
                nanos.stream().sorted().skip(nanos.size() / 2).findFirst().orElseThrow())
            .toNanos()
        / 1e6;
  }
}
