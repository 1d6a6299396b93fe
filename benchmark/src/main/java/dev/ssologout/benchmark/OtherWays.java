package dev.ssologout.benchmark;

import dev.ssologout.launcher.FreePort;
import dev.ssologout.launcher.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import redis.clients.jedis.RedisClient;

/** Section 2. The same Keycloak; each way is a realm of its own, with as many clients. */
final class OtherWays implements Section.Body {
  private static final int CLIENTS = 20;
  private static final int CLIENTS_AT_CRASH = 5;
  private static final Duration SLOW = Duration.ofMillis(200);
  private static final Duration AFTER_CRASH = Duration.ofSeconds(15);
  private static final Duration TRIAL = Duration.ofSeconds(20);
  private static final String SSF = "--spi-ssf-transmitter--default--";
  private static final String SESSION_REVOKED =
      "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
  private static final List<String> LOGGING = List.of("jboss-logging");
  private static final String NAIVE = "naive:";

  private RedisServer redis;
  private Site site;
  private int healthyPort;
  private int slowPort;
  private int awayPort;

  @Override
  public void run(Lab lab) throws Exception {
    redis = lab.redis();
    healthyPort = FreePort.find();
    slowPort = FreePort.find();
    awayPort = FreePort.find();
    site =
        lab.keycloak(
            Lab.With.EXTENSION_AND_OTHERS,
            Database.create(lab.postgres(), "ways"),
            Lab.redisOption(redis.uri()),
            "--spi-events-listener--naive-publish--redis=" + redis.uri(),
            SSF + "allow-insecure-push-targets=true",
            // Its default is 30 s.
            SSF + "outbox-drainer-interval=1s");
    Realm nobody = realm("nobody", client -> Map.of());
    Realm ours = realm("ours", Realm.LISTENER, client -> Map.of());
    Realm naive = realm("naive", "naive-publish", client -> Map.of());
    Realm healthy = realm("healthy", at(healthyPort));
    Realm slow = realm("slow", at(slowPort));
    Realm away = realm("away", at(awayPort));
    RedisClient client = lab.connect(redis);
    Hearing onOurs = lab.open(Hearing.onChannels(client, channels(ours)));
    Hearing onNaive = lab.open(Hearing.onChannels(client, NAIVE));
    Hearing atHealthy = lab.open(Hearing.atEndpoints(healthyPort, Duration.ZERO));
    Hearing atSlow = lab.open(Hearing.atEndpoints(slowPort, SLOW));
    int pushPort = FreePort.find();
    Hearing atPush = lab.open(Hearing.atPushEndpoints(pushPort));
    Realm ssf =
        Realm.create(
            site,
            "ssf",
            List.of("jboss-logging", "ssf-events"),
            CLIENTS,
            Map.of("ssf.transmitterEnabled", "true"),
            number -> receiver(site.url() + "/realms/ssf", pushPort, number));
    UserAgent trial = new UserAgent(ssf);
    trial.signOut(trial.signIn(1));
    boolean pushes = Await.within(TRIAL, () -> atPush.clients() > 0);
    if (!pushes) {
      lab.note("The SSF transmitter delivered nothing and is left out.");
    }
    for (int clients : lab.isQuick() ? List.of(1, 5) : List.of(1, 5, CLIENTS)) {
      int count = lab.size(4, 25);
      Interleaved rounds =
          new Interleaved()
              .variant("nobody is told", () -> logouts(nobody, null, clients, count))
              .variant("extension", () -> logouts(ours, onOurs, clients, count))
              .variant("naive PUBLISH in onEvent", () -> logouts(naive, onNaive, clients, count))
              .variant(
                  "back-channel logout, healthy", () -> logouts(healthy, atHealthy, clients, count))
              .variant(
                  "back-channel logout, 200 ms",
                  () -> logouts(slow, atSlow, clients, Math.max(2, count / 5)))
              .variant("back-channel logout, dead", () -> logouts(away, null, clients, count));
      if (pushes) {
        rounds.variant(
            "SSF transmitter, push",
            () -> logouts(ssf, atPush, clients, CLIENTS, Math.max(2, count / 5)));
      }
      String what = clients + (clients == 1 ? " client" : " clients");
      rounds.run(lab.size(1, 2), lab.size(2, 5), round -> lab.say(what + ", " + round));
      String bound =
          "the request's own work; for back-channel logout the clients, one after the other";
      lab.add(rounds.compare("Logout, p50, " + what, "logout", "ms", bound));
      lab.add(rounds.compare("From request to the last client, p50, " + what, "last", "ms", bound));
    }
    crash(lab, ours, naive, away, slow, atSlow);
  }

  /**
   * @param listener beside Keycloak's own logging, which is everywhere
   */
  private Realm realm(
      String name, String listener, IntFunction<Map<String, String>> clientAttributes) {
    return Realm.create(
        site,
        name,
        Stream.concat(LOGGING.stream(), Stream.of(listener)).toList(),
        CLIENTS,
        Map.of(),
        clientAttributes);
  }

  private Realm realm(String name, IntFunction<Map<String, String>> clientAttributes) {
    return Realm.create(site, name, LOGGING, CLIENTS, Map.of(), clientAttributes);
  }

  /** OpenID Connect Back-Channel Logout 1.0, by Keycloak itself. */
  private static IntFunction<Map<String, String>> at(int port) {
    return client ->
        Map.of(
            "backchannel.logout.url",
            Hearing.url(port, client),
            "backchannel.logout.session.required",
            "true");
  }

  /** A receiver of the Shared Signals Framework with a stream, as if it had asked for one. */
  private static Map<String, String> receiver(String issuer, int port, int client) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("ssf.enabled", "true");
    attributes.put("ssf.allowedDeliveryMethods", "push");
    attributes.put("ssf.validPushUrls", Hearing.url(port, client));
    attributes.put("ssf.supportedEvents", SESSION_REVOKED);
    attributes.put("ssf.defaultSubjects", "ALL");
    attributes.put("ssf.stream.id", "stream-of-" + Realm.clientId(client));
    attributes.put("ssf.stream.status", "enabled");
    attributes.put("ssf.stream.iss", issuer);
    attributes.put("ssf.stream.aud", Realm.clientId(client));
    attributes.put("ssf.stream.eventsSupported", SESSION_REVOKED);
    attributes.put("ssf.stream.eventsRequested", SESSION_REVOKED);
    attributes.put("ssf.stream.eventsDelivered", SESSION_REVOKED);
    attributes.put("ssf.stream.defaultSubjects", "ALL");
    attributes.put("ssf.stream.delivery.method", "urn:ietf:rfc:8935");
    attributes.put("ssf.stream.delivery.endpointUrl", Hearing.url(port, client));
    return attributes;
  }

  private static String channels(Realm realm) {
    return "sso-logout:{" + realm.name() + "}:client:";
  }

  /**
   * @param hearing {@code null} where no client will ever know
   */
  private static Map<String, Double> logouts(Realm realm, Hearing hearing, int clients, int count) {
    return logouts(realm, hearing, clients, clients, count);
  }

  /**
   * @param clients of the session
   * @param told how many are told, which for SSF are all of the realm
   */
  private static Map<String, Double> logouts(
      Realm realm, Hearing hearing, int clients, int told, int count) {
    UserAgent agent = new UserAgent(realm);
    Latencies logouts = new Latencies();
    Latencies last = new Latencies();
    for (int i = 0; i < count; i++) {
      UserAgent.SignedIn session = agent.signIn(clients);
      if (hearing != null) {
        hearing.forget();
      }
      long begin = System.nanoTime();
      agent.signOut(session);
      logouts.add(System.nanoTime() - begin);
      if (hearing != null) {
        Await.until("the last client", () -> hearing.clients() == told);
        last.add(hearing.last() - begin);
      }
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("logout", logouts.percentile(50));
    if (hearing != null) {
      figures.put("last", last.percentile(50));
    }
    return figures;
  }

  /**
   * Redis and the endpoints are away as sessions end, and Keycloak is killed then; for those that
   * are slow, once two of them know. All come back.
   */
  private void crash(Lab lab, Realm ours, Realm naive, Realm away, Realm slow, Hearing atSlow)
      throws Exception {
    Map<Realm, Runnable> signOuts = new LinkedHashMap<>();
    for (Realm realm : List.of(ours, naive, away, slow)) {
      UserAgent agent = new UserAgent(realm);
      UserAgent.SignedIn session = agent.signIn(CLIENTS_AT_CRASH);
      signOuts.put(realm, () -> agent.signOut(session));
    }
    redis.stop();
    signOuts.get(ours).run();
    signOuts.get(naive).run();
    signOuts.get(away).run();
    atSlow.forget();
    Thread dying = new Thread(signOuts.get(slow), "dies with Keycloak");
    dying.setUncaughtExceptionHandler((thread, e) -> {});
    dying.start();
    Await.until("two slow clients", () -> atSlow.clients() == 2);
    site.keycloak().kill();
    dying.join();
    redis.start();
    RedisClient client = lab.connect(redis);
    Hearing onOurs = lab.open(Hearing.onChannels(client, channels(ours)));
    Hearing onNaive = lab.open(Hearing.onChannels(client, NAIVE));
    Hearing atAway = lab.open(Hearing.atEndpoints(awayPort, Duration.ZERO));
    site.keycloak().start();
    IntSupplier most = () -> Math.max(onNaive.clients(), atAway.clients());
    Await.within(
        AFTER_CRASH,
        () -> onOurs.clients() == CLIENTS_AT_CRASH && most.getAsInt() == CLIENTS_AT_CRASH);
    Map<String, Integer> knew = new LinkedHashMap<>();
    knew.put("extension, Redis away", onOurs.clients());
    knew.put("naive PUBLISH, Redis away", onNaive.clients());
    knew.put("back-channel logout, clients away", atAway.clients());
    knew.put("back-channel logout, clients slow", atSlow.clients());
    List<Comparison.Row> rows = new ArrayList<>();
    knew.forEach(
        (way, count) ->
            rows.add(new Comparison.Row(way, Spread.of(List.of((double) count)), null)));
    lab.add(
        new Comparison(
            "Clients that knew after Keycloak was killed",
            "clients of " + CLIENTS_AT_CRASH,
            "what the transaction has written down before",
            rows));
  }
}
