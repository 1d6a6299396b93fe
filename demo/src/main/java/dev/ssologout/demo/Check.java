package dev.ssologout.demo;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.resps.StreamEntry;

/** Plays everything through that a person would, and checks what comes of it. */
final class Check {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final String BLOG = "blog";
  private static final String SCOPES = "openid read:profile read:groups manage:workflows";

  private final Stage stage;
  private final Places places;
  private final Screen screen;

  Check(Stage stage, Screen screen) {
    this.stage = stage;
    this.places = stage.places();
    this.screen = screen;
  }

  /**
   * @throws DemoException when anything is not as it should be
   */
  void run() {
    signsOutAtAnApp();
    signsOutAtTheHub();
    isSignedOutByAnAdministrator();
    isSignedOutOnAnotherDevice();
    survivesTheLossOfAReplica();
    if (stage.processStates().stream().anyMatch(each -> each.name().equals("redis"))) {
      hearsAfterAnOutageOfRedis();
    }
    if (places.hasStudio()) {
      signsInAtThePlatform();
    }
    isSignedOutWithTheAccount();
  }

  private URI page(String name) {
    return places.page(name);
  }

  private SsoUser user(String name) {
    return new SsoUser(places.keycloak(), RealmFiles.DEMO, name);
  }

  /** One session at every relying party. */
  private String signInEverywhere(SsoUser user) {
    String sid = null;
    for (String app : Places.RELYING_PARTIES) {
      String atApp = user.signIn(page(app));
      if (sid != null && !sid.equals(atApp)) {
        throw new DemoException("not so: the apps share one SSO session");
      }
      sid = atApp;
    }
    return sid;
  }

  private void signsOutAtAnApp() {
    LogoutNames names = new LogoutNames(LogoutNames.DEFAULT_PREFIX);
    String realm = names.realm(RealmFiles.DEMO);
    String shop = names.client(RealmFiles.DEMO, Places.SHOP);
    String blog = names.client(RealmFiles.DEMO, BLOG);
    List<String> all = List.of(realm, shop, blog);
    try (MessageFeed feed = MessageFeed.listen(stage.redis(), all, screen::line)) {
      SsoUser alice = user("alice");
      String sid = signInEverywhere(alice);
      String sub = alice.json(page(Places.SHOP), "/api/user").get("sub").getAsString();
      screen.done("alice is signed in at the hub and at three apps, session " + sid);

      long signOut = System.nanoTime();
      alice.signOut(page(Places.SHOP));
      screen.done("alice signed out at shop");

      Map<String, String> received = receive(feed, all, sid);
      screen.done(
          "a message on each of %s, %d ms after the sign-out began"
              .formatted(
                  String.join(", ", all),
                  Duration.ofNanos(System.nanoTime() - signOut).toMillis()));
      screen.line(MessageText.pretty(received.get(realm)));

      SessionEnded message = decode(received.get(realm));
      require(message.realm().equals(RealmFiles.DEMO), "realm is " + RealmFiles.DEMO);
      require(message.sid().equals(sid), "sid is the ID token's");
      require(message.sub().equals(sub), "sub is the ID token's");
      require(!message.offline(), "the session was no offline session");
      require(message.reason() == Reason.LOGOUT, "reason is logout");
      require(message.initiator() == Initiator.USER, "initiator is user");
      require(
          message.clients() != null && message.clients().containsAll(Places.RELYING_PARTIES),
          "clients are the hub and the apps");
      require(
          message.source().toString().equals(places.issuer(RealmFiles.DEMO)),
          "source is the issuer");
      for (String name : List.of(shop, blog)) {
        SessionEnded forClient = decode(received.get(name));
        require(
            forClient.id().equals(message.id()) && forClient.sid().equals(message.sid()),
            name + " tells of the same end");
        require(forClient.clients() == null, name + " tells of no other client");
        require(forClient.logoutToken() != null, name + " carries a logout token");
      }
      for (String name : all) {
        require(streamHolds(name, received.get(name)), "stream " + name + " holds it too");
      }
      isSignedOutEverywhere(alice, sid, "logout");
      for (Stage.ProcessState process : stage.processStates()) {
        if (process.name().startsWith(Places.SHOP + "-")) {
          eventually(() -> heard(sid, process.name(), "redis"), process.name() + " heard of it");
        }
      }
      eventually(
          () -> stage.processStates().stream().anyMatch(p -> heard(sid, p.name(), "logout_token")),
          "Keycloak's own logout token was verified at shop");
    }
    HttpResponse<String> forged =
        new Browser()
            .post(
                URI.create(page(Places.SHOP) + "/auth/backchannel-logout"),
                Map.of("logout_token", "e30.e30.e30"));
    require(forged.statusCode() == 400, "a forged logout token is refused");
  }

  private void signsOutAtTheHub() {
    SsoUser alice = user("alice");
    String sid = signInEverywhere(alice);
    alice.signOut(page(Places.HUB));
    isSignedOutEverywhere(alice, sid, "logout");
    screen.done("a sign-out at the hub reached every app");
  }

  private void isSignedOutByAnAdministrator() {
    SsoUser bob = user("bob");
    String sid = signInEverywhere(bob);
    stage.admin().endSession(RealmFiles.DEMO, sid);
    isSignedOutEverywhere(bob, sid, "admin_logout");
    screen.done("an administrator ended a session at every app");
    for (String path : List.of("/actuator/health", "/actuator/prometheus")) {
      require(bob.ask(page(Places.SHOP), path) == 200, "shop answers " + path);
    }
  }

  private void isSignedOutOnAnotherDevice() {
    for (Stage.Way way : List.of(Stage.Way.USER, Stage.Way.PASSWORD)) {
      SsoUser bob = user("bob");
      String sid = signInEverywhere(bob);
      stage.end(session(sid), way);
      isSignedOutEverywhere(
          bob, sid, way == Stage.Way.USER ? "account_logout" : "credential_changed");
    }
    screen.done("the user ended a session on another device, and by a new password");
  }

  private void isSignedOutWithTheAccount() {
    stage.admin().createUser(RealmFiles.DEMO, "carol");
    SsoUser carol = user("carol");
    String sid = signInEverywhere(carol);
    stage.end(session(sid), Stage.Way.ACCOUNT);
    isSignedOutEverywhere(carol, sid, "user_removed");
    screen.done("a deleted account is signed out at every app");
  }

  private void survivesTheLossOfAReplica() {
    List<String> replicas =
        stage.processStates().stream()
            .filter(each -> each.name().startsWith(Places.SHOP + "-"))
            .map(Stage.ProcessState::name)
            .toList();
    if (replicas.size() < 2) {
      return;
    }
    SsoUser alice = user("alice");
    alice.signIn(page(Places.SHOP));
    stage.stopProcess(replicas.get(0));
    for (int i = 0; i < replicas.size(); i++) {
      JsonObject status = alice.status(page(Places.SHOP));
      require(
          status.get("authenticated").getAsBoolean()
              && !status.get("instance").getAsString().equals(replicas.get(0)),
          replicas.get(0) + " was killed, and alice is signed in still");
    }
    stage.startProcess(replicas.get(0));
    alice.signOut(page(Places.SHOP));
    screen.done(replicas.get(0) + " runs again");
  }

  private void hearsAfterAnOutageOfRedis() {
    SsoUser alice = user("alice");
    String sid = signInEverywhere(alice);
    stage.stopProcess("redis");
    stage.admin().endSession(RealmFiles.DEMO, sid);
    require(alice.ask(page(Places.SHOP), "/api/user") == 503, "without Redis shop says 503");
    stage.startProcess("redis");
    isSignedOutEverywhere(alice, sid, "admin_logout");
    screen.done("what ended while Redis was away was told afterwards");
  }

  private void signsInAtThePlatform() {
    SsoUser alice = new SsoUser(places.keycloak(), RealmFiles.MAX_PLATFORM, "alice");
    String back = page(Places.STUDIO) + "/oauth/callback";
    JsonObject tokens = alice.tokens(Studio.CLIENT, back, SCOPES, null);
    JsonObject claims = alice.userInfo(tokens.get("access_token").getAsString());
    require(
        claims
            .keySet()
            .containsAll(
                List.of(
                    "sub",
                    "email",
                    "name",
                    "groups",
                    "is_admin",
                    "group_id",
                    "group_name",
                    "role_id",
                    "role_name")),
        "userinfo of max-platform has every claim");
    Map<String, String> refresh =
        Map.of(
            "grant_type",
            "refresh_token",
            "client_id",
            Studio.CLIENT,
            "refresh_token",
            tokens.get("refresh_token").getAsString());
    HttpResponse<String> first = alice.post("token", refresh);
    require(
        first.statusCode() == 200
            && !JsonParser.parseString(first.body())
                .getAsJsonObject()
                .get("refresh_token")
                .equals(tokens.get("refresh_token")),
        "a refresh token is exchanged for a new one");
    require(alice.post("token", refresh).statusCode() == 400, "and is good only once");
  }

  private KeycloakAdmin.Session session(String sid) {
    return stage.admin().sessions(RealmFiles.DEMO).stream()
        .filter(each -> each.sid().equals(sid))
        .findFirst()
        .orElseThrow(() -> new DemoException("Keycloak has no session " + sid));
  }

  private void isSignedOutEverywhere(SsoUser user, String sid, String reason) {
    for (String app : Places.RELYING_PARTIES) {
      eventually(
          () -> {
            JsonObject ended = user.json(page(app), "/api/session-status?sid=" + sid);
            return !ended.get("authenticated").getAsBoolean()
                && ended.has("ended")
                && ended.get("ended").isJsonObject()
                && ended.getAsJsonObject("ended").get("reason").getAsString().equals(reason);
          },
          app + " has signed the user out: " + reason);
    }
  }

  private boolean heard(String sid, String who, String how) {
    return stage.story().chapters().stream()
        .filter(chapter -> chapter.sid().equals(sid))
        .flatMap(chapter -> chapter.heard().stream())
        .anyMatch(hearing -> hearing.who().equals(who) && hearing.how().equals(how));
  }

  private void eventually(BooleanSupplier holds, String promise) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!holds(holds)) {
      if (System.nanoTime() > end) {
        throw new DemoException("not so within %d s: %s".formatted(LIMIT.toSeconds(), promise));
      }
      try {
        Thread.sleep(POLL.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DemoException("interrupted");
      }
    }
    screen.done(promise);
  }

  private static boolean holds(BooleanSupplier condition) {
    try {
      return condition.getAsBoolean();
    } catch (DemoException notYet) {
      return false;
    }
  }

  /** The message about the session on each of the names; others may use the same Redis. */
  private static Map<String, String> receive(MessageFeed feed, List<String> names, String sid) {
    Map<String, String> received = new LinkedHashMap<>();
    long end = System.nanoTime() + LIMIT.toNanos();
    while (received.size() < names.size()) {
      MessageFeed.Received next = feed.poll(Duration.ofNanos(end - System.nanoTime()));
      if (next == null) {
        List<String> silent = names.stream().filter(name -> !received.containsKey(name)).toList();
        throw new DemoException(
            "no message about session %s on %s within %d s after the sign-out"
                .formatted(sid, String.join(", ", silent), LIMIT.toSeconds()));
      }
      if (decode(next.json()).sid().equals(sid)) {
        received.put(next.name(), next.json());
      }
    }
    return received;
  }

  private boolean streamHolds(String name, String json) {
    for (StreamEntry entry : stage.redis().xrevrange(name, "+", "-", 10)) {
      if (entry.getFields().containsValue(json)) {
        return true;
      }
    }
    return false;
  }

  private static SessionEnded decode(String json) {
    try {
      return SessionEndedCodec.decode(json);
    } catch (MalformedMessageException e) {
      throw new DemoException("not a message of ours: " + e.getMessage() + "\n" + json);
    }
  }

  private void require(boolean holds, String promise) {
    if (!holds) {
      throw new DemoException("not so: " + promise);
    }
    screen.done(promise);
  }
}
