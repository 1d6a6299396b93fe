package dev.ssologout.listener;

import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.resps.StreamEntry;

/** Gives a client once more what the realm's stream still holds for it. */
final class Replay {
  private static final Logger LOG = Logger.getLogger(Replay.class);

  private final Supplier<UnifiedJedis> redis;
  private final RedisPublisher publisher;
  private final LogoutTokens logoutTokens;

  Replay(Supplier<UnifiedJedis> redis, RedisPublisher publisher, LogoutTokens logoutTokens) {
    this.redis = redis;
    this.publisher = publisher;
    this.logoutTokens = logoutTokens;
  }

  /**
   * @param from of messages sent at this time or later
   * @param to and before this one
   * @param after the id of the realm's entry after which to go on; {@code null} to begin
   * @param limit the most entries of the realm's stream to look at
   * @throws redis.clients.jedis.exceptions.JedisException if Redis does not take it
   */
  DeliveryResource.Replayed run(
      KeycloakSession session,
      RealmModel realm,
      String clientId,
      Instant from,
      Instant to,
      String after,
      int limit) {
    String start = after == null ? Long.toString(from.toEpochMilli()) : "(" + after;
    String end = "(" + to.toEpochMilli() + "-0";
    List<StreamEntry> entries =
        redis.get().xrange(publisher.names().realm(realm.getName()), start, end, limit);
    ClientModel client = realm.getClientByClientId(clientId);
    List<LogoutTokens.Waiting> waiting = new ArrayList<>();
    for (StreamEntry entry : entries) {
      SessionEnded message = message(entry);
      if (message != null && message.clients() != null && message.clients().contains(clientId)) {
        waiting.add(
            new LogoutTokens.Waiting(
                realm.getId(),
                new Envelope(
                    forOne(message, clientId),
                    0,
                    ClientView.pairwiseSubs(session, List.of(client), message.sub()))));
      }
    }
    List<String> texts =
        logoutTokens.address(session, waiting).stream()
            .map(addressed -> addressed.toClients().get(0))
            .toList();
    publisher.append(redis.get(), realm.getName(), clientId, texts);
    return new DeliveryResource.Replayed(
        texts.size(),
        entries.size() < limit ? null : entries.get(entries.size() - 1).getID().toString());
  }

  private static SessionEnded message(StreamEntry entry) {
    try {
      return SessionEndedCodec.decode(entry.getFields().get("message"));
    } catch (MalformedMessageException e) {
      LOG.debugf("Entry %s holds no message: %s", entry.getID(), e.getMessage());
      return null;
    }
  }

  private static SessionEnded forOne(SessionEnded message, String clientId) {
    return new SessionEnded(
        message.id(),
        message.source(),
        message.time(),
        message.realm(),
        message.sid(),
        message.sub(),
        message.offline(),
        message.reason(),
        message.initiator(),
        List.of(clientId),
        null);
  }
}
