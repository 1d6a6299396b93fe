package dev.ssologout.listener;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Sends messages to Redis: one script call each, which gives the message all its effects at once
 * and only once, and one pipeline for all.
 */
final class RedisPublisher {
  /**
   * How long a message is known to have been sent: longer than a relay that lost the database can
   * take to ask again.
   */
  private static final Duration GUARD_LIFE = Duration.ofDays(1);

  private static final String SCRIPT = script();
  private static final String SCRIPT_SHA1 = sha1(SCRIPT);

  private final LogoutNames names;
  private final Duration retention;

  /**
   * A message with what each of its clients will read.
   *
   * @param toClients in the order of the message's clients
   */
  record Addressed(Envelope envelope, List<String> toClients) {}

  /**
   * @param retention how long a message stays in the streams
   */
  RedisPublisher(LogoutNames names, Duration retention) {
    this.names = names;
    this.retention = retention;
  }

  /**
   * Sends the messages in their order.
   *
   * @return for each message the error that Redis answered, or {@code null} where it was sent, now
   *     or before
   * @throws redis.clients.jedis.exceptions.JedisException if Redis did not answer; any of the
   *     messages may have been sent then, and all can be sent again
   */
  List<String> publish(UnifiedJedis redis, List<Addressed> batch) {
    List<Response<Object>> replies = new ArrayList<>(batch.size());
    try (AbstractPipeline pipeline = redis.pipelined()) {
      for (Addressed addressed : batch) {
        List<String> keys = keys(addressed.envelope().message());
        List<String> arguments = arguments(addressed);
        // The first call makes the script known to the server, whatever it has forgotten.
        replies.add(
            replies.isEmpty()
                ? pipeline.eval(SCRIPT, keys, arguments)
                : pipeline.evalsha(SCRIPT_SHA1, keys, arguments));
      }
      pipeline.sync();
    }
    return replies.stream().map(RedisPublisher::error).toList();
  }

  private List<String> keys(SessionEnded message) {
    List<String> keys = new ArrayList<>(3 + message.clients().size());
    keys.add(names.sent(message.realm(), message.id()));
    keys.add(names.ended(message.realm(), message.sid()));
    keys.add(names.realm(message.realm()));
    for (String client : message.clients()) {
      keys.add(names.client(message.realm(), client));
    }
    return keys;
  }

  private List<String> arguments(Addressed addressed) {
    Envelope envelope = addressed.envelope();
    SessionEnded message = envelope.message();
    List<String> arguments = new ArrayList<>(5 + addressed.toClients().size());
    arguments.add(Long.toString(GUARD_LIFE.toMillis()));
    arguments.add(Long.toString(Math.max(1, envelope.markerSeconds()) * 1000));
    arguments.add(Long.toString(message.time().getEpochSecond()));
    arguments.add(Long.toString(retention.toMillis()));
    arguments.add(SessionEndedCodec.encode(message));
    arguments.addAll(addressed.toClients());
    return arguments;
  }

  private static String error(Response<Object> reply) {
    try {
      reply.get();
      return null;
    } catch (JedisDataException e) {
      return e.getMessage();
    }
  }

  private static String script() {
    try (InputStream resource = RedisPublisher.class.getResourceAsStream("publish.lua")) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Redis names a script by its SHA-1. */
  private static String sha1(String script) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-1").digest(script.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
