package dev.ssologout.relyingparty;

import dev.ssologout.launcher.RedisServer;
import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.resps.StreamEntry;

/** A Redis with the users that the documentation tells to make, and what Keycloak does in it. */
final class RedisFixture implements AutoCloseable {
  static final LogoutNames NAMES = new LogoutNames(LogoutNames.DEFAULT_PREFIX);
  static final String STREAM = NAMES.client(TestIssuer.REALM, TestIssuer.CLIENT);

  private final RedisServer server;
  private final RedisClient operator;

  RedisFixture() {
    server = RedisServer.builder().config("appendonly yes", acl("shop"), acl("orders")).start();
    operator = RedisClient.create(server.uri());
  }

  /** The documented user, with the password "secret", as a line of redis.conf. */
  static String acl(String user) {
    Path page = Path.of(System.getProperty("relying-party.docs"), "configuration.md");
    try {
      return Files.readAllLines(page).stream()
          .map(String::strip)
          .filter(line -> line.startsWith("user " + user + " "))
          .findFirst()
          .orElseThrow()
          .replace("PASSWORD", "secret");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RedisServer server() {
    return server;
  }

  RedisClient operator() {
    return operator;
  }

  /** Connects as a user that the documentation tells to make; closed by whoever asks. */
  RedisClient connect(String user) {
    return RedisClient.create(server.uri(user, "secret"));
  }

  /** Adds and publishes a message as Keycloak does. */
  StreamEntryID send(SessionEnded message) {
    return send(SessionEndedCodec.encode(message), true);
  }

  /** As an attacker or an older Keycloak does it. */
  StreamEntryID send(String text, boolean withPrevious) {
    Map<String, String> fields = new HashMap<>(Map.of("message", text));
    if (withPrevious) {
      fields.put("previous", last());
    }
    StreamEntryID id = operator.xadd(STREAM, StreamEntryID.NEW_ENTRY, fields);
    operator.publish(STREAM, text);
    return id;
  }

  private String last() {
    List<StreamEntry> last = operator.xrevrange(STREAM, "+", "-", 1);
    return last.isEmpty() ? "0-0" : last.get(0).getID().toString();
  }

  @Override
  public void close() {
    operator.close();
    server.close();
  }
}
