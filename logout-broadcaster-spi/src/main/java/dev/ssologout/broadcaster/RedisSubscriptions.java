package dev.ssologout.broadcaster;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.MalformedMessageException;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import dev.ssologout.redis.RedisConnectionProvider;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Listens to the channels of the realms that have streams on this node. One connection serves all
 * of them; with Redis Cluster there is one for each slot, since a sharded channel is heard only on
 * the node that has its slot.
 *
 * <p>{@link #follow} is called again and again by one thread and brings what is subscribed in line
 * with what is wanted; nothing else starts or ends a subscription.
 */
final class RedisSubscriptions implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(RedisSubscriptions.class);

  private final RedisConnectionProvider redis;
  private final LogoutNames names;
  private final Consumer<SessionEnded> onMessage;
  private final Consumer<String> onSubscribed;

  // Of the thread that calls follow.
  private final Map<Object, RedisSubscription> bySlot = new HashMap<>();

  private final Set<String> heard = ConcurrentHashMap.newKeySet();
  private volatile Set<String> wanted = Set.of();
  // Why Redis is not heard, or empty. Guarded by this.
  private String cause = "";

  /**
   * @param onMessage takes what is heard
   * @param onSubscribed is told the name of a realm as soon as its channel is listened to, and
   *     again after each interruption
   */
  RedisSubscriptions(
      RedisConnectionProvider redis,
      LogoutNames names,
      Consumer<SessionEnded> onMessage,
      Consumer<String> onSubscribed) {
    this.redis = redis;
    this.names = names;
    this.onMessage = onMessage;
    this.onSubscribed = onSubscribed;
  }

  /** Whether the realm's channel is listened to now. */
  boolean hears(String realm) {
    return heard.contains(realm);
  }

  /** Whether every channel that is wanted is listened to now. */
  boolean hearsAll() {
    return heard.containsAll(wanted);
  }

  /** Whether Redis answers. */
  boolean answers() {
    try {
      redis.client().ping();
      return true;
    } catch (JedisException e) {
      return false;
    }
  }

  /** Listens to the channels of these realms and of no others. */
  void follow(Set<String> realms) {
    wanted = Set.copyOf(realms);
    try {
      UnifiedJedis client = realms.isEmpty() ? null : redis.client();
      Map<Object, Map<String, String>> channels = new HashMap<>();
      for (String realm : realms) {
        channels
            .computeIfAbsent(slot(client, realm), key -> new HashMap<>())
            .put(names.realm(realm), realm);
      }
      Set<Object> unused = new HashSet<>(bySlot.keySet());
      unused.removeAll(channels.keySet());
      unused.forEach(slot -> bySlot.remove(slot).close());
      channels.forEach(
          (slot, ofSlot) ->
              bySlot
                  .computeIfAbsent(slot, key -> new RedisSubscription(redis, new Hearing()))
                  .follow(ofSlot));
    } catch (JedisException e) {
      away(e.getMessage());
    }
  }

  private Object slot(UnifiedJedis client, String realm) {
    // All of a realm lies in one slot, that of its name in braces.
    return client instanceof RedisClusterClient ? names.realm(realm) : "";
  }

  private synchronized void away(String newCause) {
    // Once for each cause, not once for each try.
    if (!newCause.equals(cause)) {
      cause = newCause;
      LOG.warnf(
          "Browsers are not told by Redis at %s of sessions that end on other nodes (%s). Until it"
              + " is back, nodes tell each other, and the sessions of open streams are looked up.",
          redis.location(), newCause);
    }
  }

  private synchronized void back() {
    if (!cause.isEmpty()) {
      cause = "";
      LOG.infof("Browsers are told by Redis at %s again", redis.location());
    }
  }

  /** What one subscription tells. */
  final class Hearing {

    void subscribed(String realm) {
      if (heard.add(realm)) {
        back();
        onSubscribed.accept(realm);
      }
    }

    void unsubscribed(String realm) {
      heard.remove(realm);
    }

    void failed(String failure) {
      away(failure);
    }

    void message(String channel, String text) {
      try {
        SessionEnded message = SessionEndedCodec.decode(text);
        if (names.realm(message.realm()).equals(channel)) {
          onMessage.accept(message);
        } else {
          LOG.warnf("A message of another realm stands on the channel %s", channel);
        }
      } catch (MalformedMessageException e) {
        LOG.warnf("What stands on the channel %s is no message: %s", channel, e.getMessage());
      } catch (RuntimeException e) {
        // Jedis would put the connection back into the pool while it still listens.
        LOG.warnf(e, "What stands on the channel %s could not be told", channel);
      }
    }
  }

  @Override
  public void close() {
    bySlot.values().forEach(RedisSubscription::close);
  }
}
