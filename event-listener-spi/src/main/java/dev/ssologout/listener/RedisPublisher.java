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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisRedirectionException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Sends messages to Redis: one script call each, which gives the message all its effects at once
 * and only once, and one pipeline for all, or for each slot of a cluster.
 */
final class RedisPublisher {
  /**
   * How long a message is known to have been sent: longer than a relay that lost the database can
   * take to ask again.
   */
  private static final Duration GUARD_LIFE = Duration.ofDays(1);

  /** What a server answers while it starts, or while another takes its place. */
  private static final Pattern TRANSIENT =
      Pattern.compile("\\b(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY|LOADING|MASTERDOWN) ");

  private static final int PUBLISH_COMMAND_INDEX = 4;
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
    List<Call> calls = batch.stream().map(this::call).toList();
    if (redis instanceof RedisClusterClient cluster) {
      publishToCluster(cluster, calls);
    } else {
      try (AbstractPipeline pipeline = redis.pipelined()) {
        send(pipeline, "PUBLISH", calls);
      }
    }
    List<String> errors = new ArrayList<>(calls.size());
    for (Call call : calls) {
      String error = call.error();
      if (error != null && TRANSIENT.matcher(error).find()) {
        // It is not the message's fault.
        throw new JedisException(error);
      }
      errors.add(error);
    }
    return errors;
  }

  /** A script call and what has come of it. */
  private static final class Call {
    private final List<String> keys;
    private final List<String> arguments;
    private Response<Object> response;

    Call(List<String> keys, List<String> arguments) {
      this.keys = keys;
      this.arguments = arguments;
    }

    List<String> arguments(String publishCommand) {
      List<String> all = new ArrayList<>(arguments);
      all.add(PUBLISH_COMMAND_INDEX, publishCommand);
      return all;
    }

    String error() {
      try {
        response.get();
        return null;
      } catch (JedisDataException e) {
        return e.getMessage();
      }
    }

    boolean isRedirected() {
      try {
        response.get();
        return false;
      } catch (JedisRedirectionException e) {
        return true;
      } catch (JedisDataException e) {
        return false;
      }
    }
  }

  private Call call(Addressed addressed) {
    return new Call(keys(addressed.envelope().message()), arguments(addressed));
  }

  /**
   * One pipeline for each slot, which is one or several realms: Jedis' own pipeline over several
   * nodes hides which of them failed.
   */
  private static void publishToCluster(RedisClusterClient cluster, List<Call> calls) {
    Map<Integer, List<Call>> bySlot = new LinkedHashMap<>();
    for (Call call : calls) {
      bySlot
          .computeIfAbsent(JedisClusterCRC16.getSlot(call.keys.get(0)), slot -> new ArrayList<>())
          .add(call);
    }
    try {
      bySlot.forEach((slot, ofSlot) -> publishToSlot(cluster, slot, ofSlot));
    } catch (JedisException e) {
      // The slots of a node that is gone move to another, which nobody else would ask for.
      cluster.refreshClusterTopology();
      throw e;
    }
  }

  private static void publishToSlot(RedisClusterClient cluster, int slot, List<Call> calls) {
    try (Connection connection = cluster.getConnectionFromSlot(slot);
        Pipeline pipeline = new Pipeline(connection)) {
      send(pipeline, "SPUBLISH", calls);
    }
    for (Call call : calls) {
      if (call.isRedirected()) {
        // The client itself follows where the slot has gone.
        Object reply = reply(cluster, call);
        call.response = new Response<>(BuilderFactory.RAW_OBJECT);
        call.response.set(reply);
      }
    }
  }

  private static Object reply(RedisClusterClient cluster, Call call) {
    try {
      return cluster.eval(SCRIPT, call.keys, call.arguments("SPUBLISH"));
    } catch (JedisDataException e) {
      return e;
    }
  }

  private static void send(AbstractPipeline pipeline, String publishCommand, List<Call> calls) {
    boolean known = false;
    for (Call call : calls) {
      List<String> arguments = call.arguments(publishCommand);
      // The first call makes the script known to the server, whatever it has forgotten.
      call.response =
          known
              ? pipeline.evalsha(SCRIPT_SHA1, call.keys, arguments)
              : pipeline.eval(SCRIPT, call.keys, arguments);
      known = true;
    }
    pipeline.sync();
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
