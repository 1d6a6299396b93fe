package dev.ssologout.benchmark;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

/** Section 8. */
final class RestPages implements Section.Body {
  private static final String REALM = "pages";

  @Override
  public void run(Lab lab) throws Exception {
    Database database = Database.create(lab.postgres(), "pages");
    Site site = lab.keycloak(Lab.With.EXTENSION, database, Lab.redisOption(lab.redis().uri()));
    Realm realm = Realm.create(site, REALM, List.of("jboss-logging"), 1);
    String sid = new UserAgent(realm).passwordGrant().sid();
    String admin = "/admin/realms/" + REALM;
    JsonArray clients =
        site.admin(admin + "/clients?clientId=" + Realm.clientId(1)).getAsJsonArray();
    String client = admin + "/clients/" + clients.get(0).getAsJsonObject().get("id").getAsString();
    int present = 1;
    for (int count : lab.isQuick() ? List.of(1_000, 10_000) : List.of(1_000, 10_000, 100_000)) {
      SessionRows.copy(database, sid, "copy" + present + "-", count - present);
      present = count;
      int calls = lab.size(5, 40);
      String ours = admin + "/sso-sessions";
      String what = "%,d sessions".formatted(count);
      Interleaved pages =
          new Interleaved()
              .variant(
                  "Keycloak, first 100 of a client",
                  () -> get(site, client + "/user-sessions?first=0&max=100", 100, calls))
              .variant(
                  "Keycloak, 100 from the middle on",
                  () -> get(site, client + "/user-sessions?max=100&first=" + count / 2, 100, calls))
              .variant(
                  "extension, first 100 of a client",
                  () -> get(site, ours + "?max=100&client=" + Realm.clientId(1), 100, calls))
              .variant("extension, first 100", () -> get(site, ours + "?max=100", 100, calls));
      pages.run(lab.size(1, 2), lab.size(2, 7), round -> lab.say(what + ", " + round));
      lab.add(
          pages.compare("A page, " + what, "p50", "ms", "reading and writing a hundred sessions"));
      Interleaved counts =
          new Interleaved()
              .variant(
                  "Keycloak, count of a client",
                  () -> get(site, client + "/session-count", -1, calls))
              .variant(
                  "extension, count of a client",
                  () -> get(site, ours + "/count?client=" + Realm.clientId(1), -1, calls));
      counts.run(lab.size(1, 2), lab.size(2, 7), round -> lab.say(what + ", " + round));
      lab.add(
          counts.compare(
              "A count, " + what,
              "p50",
              "ms",
              "the database, which counts; the extension counts 10,000 at most"));
    }
  }

  /**
   * @param sessions how many the answer has; -1 for a number
   */
  private static Map<String, Double> get(Site site, String path, int sessions, int calls) {
    Http http = new Http();
    String token = site.accessToken();
    Latencies latencies = new Latencies();
    for (int i = 0; i < calls; i++) {
      long begin = System.nanoTime();
      HttpResponse<String> answer =
          Http.expect(200, http.call("GET", URI.create(site.url() + path), token, null));
      latencies.add(System.nanoTime() - begin);
      if (sessions >= 0 && sessionsIn(answer) != sessions) {
        throw new IllegalStateException(path + " has " + sessionsIn(answer) + " sessions");
      }
    }
    return Map.of("p50", latencies.percentile(50));
  }

  private static int sessionsIn(HttpResponse<String> answer) {
    JsonElement json = Http.json(answer);
    return (json instanceof JsonObject page
            ? page.getAsJsonArray("sessions")
            : json.getAsJsonArray())
        .size();
  }
}
