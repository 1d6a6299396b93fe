package dev.ssologout.demo;

import dev.ssologout.demo.SsoUser.Client;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.resps.StreamEntry;

/** Plays a sign-in and a sign-out through and checks what Redis is told. */
final class Check {

  private static final Duration MESSAGE_LIMIT = Duration.ofSeconds(15);

  private final URI keycloak;
  private final RedisClient redis;
  private final Screen screen;

  Check(URI keycloak, RedisClient redis, Screen screen) {
    this.keycloak = keycloak;
    this.redis = redis;
    this.screen = screen;
  }

  /**
   * @throws DemoException when anything is not as it should be
   */
  void run() {
    LogoutNames names = new LogoutNames(LogoutNames.DEFAULT_PREFIX);
    String realm = names.realm(Demo.REALM);
    String shop = names.client(Demo.REALM, Client.SHOP.id);
    String blog = names.client(Demo.REALM, Client.BLOG.id);
    List<String> all = List.of(realm, shop, blog);
    try (MessageFeed feed = MessageFeed.listen(redis, all, screen::line)) {
      SsoUser alice = new SsoUser(keycloak, "alice");
      IdToken atShop = alice.signIn(Client.SHOP);
      IdToken atBlog = alice.signIn(Client.BLOG);
      require(atShop.sid().equals(atBlog.sid()), "shop and blog share one SSO session");
      screen.done("alice is signed in at shop and blog, session " + atShop.sid());

      long signOut = System.nanoTime();
      alice.signOut(Client.SHOP, atShop);
      screen.done("alice signed out at shop");

      Map<String, String> received = receive(feed, all, atShop.sid());
      screen.done(
          "a message on each of %s, %d ms after the sign-out began"
              .formatted(
                  String.join(", ", all),
                  Duration.ofNanos(System.nanoTime() - signOut).toMillis()));
      screen.line(MessageText.pretty(received.get(realm)));

      SessionEnded message = decode(received.get(realm));
      require(message.realm().equals(Demo.REALM), "realm is " + Demo.REALM);
      require(message.sid().equals(atShop.sid()), "sid is the ID token's");
      require(message.sub().equals(atShop.sub()), "sub is the ID token's");
      require(!message.offline(), "the session was no offline session");
      require(message.reason() == Reason.LOGOUT, "reason is logout");
      require(message.initiator() == Initiator.USER, "initiator is user");
      require(
          message.clients() != null
              && message.clients().containsAll(List.of(Client.SHOP.id, Client.BLOG.id)),
          "clients are shop and blog");
      require(
          message.source().toString().equals(keycloak + "/realms/" + Demo.REALM),
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
    }
  }

  /** The message about the session on each of the names; others may use the same Redis. */
  private static Map<String, String> receive(MessageFeed feed, List<String> names, String sid) {
    Map<String, String> received = new LinkedHashMap<>();
    long end = System.nanoTime() + MESSAGE_LIMIT.toNanos();
    while (received.size() < names.size()) {
      MessageFeed.Received next = feed.poll(Duration.ofNanos(end - System.nanoTime()));
      if (next == null) {
        List<String> silent = names.stream().filter(name -> !received.containsKey(name)).toList();
        throw new DemoException(
            "no message about session %s on %s within %d s after the sign-out"
                .formatted(sid, String.join(", ", silent), MESSAGE_LIMIT.toSeconds()));
      }
      if (decode(next.json()).sid().equals(sid)) {
        received.put(next.name(), next.json());
      }
    }
    return received;
  }

  private boolean streamHolds(String name, String json) {
    for (StreamEntry entry : redis.xrevrange(name, "+", "-", 10)) {
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
