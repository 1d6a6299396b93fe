package dev.ssologout.listener;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
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
import redis.clients.jedis.exceptions.JedisConnectionException;
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

  /** How long replicas may take to have a batch. */
  private static final Duration REPLICATION_TIMEOUT = Duration.ofMillis(500);

  /**
   * What a server answers in a state in which it takes nothing from anybody. Inside a script it
   * stands somewhere in the middle of the text.
   */
  private static final Pattern UNFIT =
      Pattern.compile(
          "\\b(OOM|READONLY|MISCONF|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|NOAUTH|WRONGPASS"
              + "|BUSY|TRYAGAIN|MOVED|ASK|NOSCRIPT)\\b"
              + "|max number of clients|nknown command");

  /** What it answers where its ACL leaves something out, which may be some names only. */
  private static final Pattern DENIED =
      Pattern.compile("\\bNOPERM\\b|ACL failure|user executing the script");

  private static final int PUBLISH_COMMAND_INDEX = 4;
  private static final Script SCRIPT = Script.of("publish.lua");
  private static final Script REPLAY = Script.of("replay.lua");

  /**
   * How messages go into the streams.
   *
   * @param retention how long they stay
   * @param maxLength about how many stay at the most; 0 for any number
   * @param minReplicas how many replicas must have a message before it counts as sent
   */
  record Settings(LogoutNames names, Duration retention, int maxLength, int minReplicas) {}

  private final Settings settings;

  /**
   * A message with what each of its clients will read.
   *
   * @param toClients in the order of the message's clients
   */
  record Addressed(Envelope envelope, List<String> toClients) {}

  /**
   * What has come of a message.
   *
   * @param error what Redis answered; {@code null} where the message was sent, now or before
   */
  record Outcome(Kind kind, String error) {
    enum Kind {
      SENT,
      /** Not sent, through no fault of the message: a part of Redis is away or denies us. */
      NOT_NOW,
      /** Redis takes others, but not this one. */
      REFUSED
    }

    private static final Outcome SENT = new Outcome(Kind.SENT, null);

    private static Outcome ofError(String error) {
      return new Outcome(
          UNFIT.matcher(error).find() || DENIED.matcher(error).find() ? Kind.NOT_NOW : Kind.REFUSED,
          error);
    }
  }

  RedisPublisher(Settings settings) {
    this.settings = settings;
  }

  LogoutNames names() {
    return settings.names();
  }

  /**
   * Appends texts to a client's stream and publishes them on its channel, however often that was
   * done before.
   *
   * @throws JedisException if Redis does not take them; some may have been
   */
  void append(UnifiedJedis redis, String realm, String clientId, List<String> texts) {
    if (texts.isEmpty()) {
      return;
    }
    List<String> arguments = new ArrayList<>(2 + texts.size());
    arguments.add(Long.toString(settings.retention().toMillis()));
    arguments.add(redis instanceof RedisClusterClient ? "SPUBLISH" : "PUBLISH");
    arguments.addAll(texts);
    redis.eval(REPLAY.text(), List.of(settings.names().client(realm, clientId)), arguments);
  }

  /**
   * Sends the messages in their order.
   *
   * @return what has come of each
   * @throws JedisException if Redis does not answer or takes nothing; any of the messages may have
   *     been sent then, and all can be sent again
   */
  List<Outcome> publish(UnifiedJedis redis, List<Addressed> batch) {
    List<Call> calls = batch.stream().map(this::call).toList();
    if (redis instanceof RedisClusterClient cluster) {
      publishToCluster(cluster, calls);
    } else {
      publish(new ServerPipeline(redis), calls);
    }
    return calls.stream().map(call -> call.outcome).toList();
  }

  /** A script call and what has come of it. */
  private static final class Call {
    private final List<String> keys;
    private final List<String> arguments;
    private Response<Object> response;
    private Outcome outcome;

    Call(List<String> keys, List<String> arguments) {
      this.keys = keys;
      this.arguments = arguments;
    }

    List<String> arguments(String publishCommand) {
      List<String> all = new ArrayList<>(arguments);
      all.add(PUBLISH_COMMAND_INDEX, publishCommand);
      return all;
    }

    void settle() {
      try {
        response.get();
        outcome = Outcome.SENT;
      } catch (JedisDataException e) {
        outcome = Outcome.ofError(e.getMessage());
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

  /** Where a batch, or a part of it, goes in one pipeline. */
  private interface Destination {
    /**
     * @throws JedisException if there is no answer, or one that says that nothing is taken
     */
    void send(List<Call> calls);

    /**
     * @throws JedisException if there is no answer
     */
    void ping();
  }

  /**
   * A message that makes the server cut the connection, as one that is larger than it takes, must
   * not stand in the way of the others: it is found by halves.
   */
  private static void publish(Destination destination, List<Call> calls) {
    try {
      destination.send(calls);
    } catch (JedisConnectionException e) {
      if (isTimeout(e)) {
        throw e;
      }
      destination.ping();
      if (calls.size() == 1) {
        publishSuspect(destination, calls);
      } else {
        int half = calls.size() / 2;
        publish(destination, calls.subList(0, half));
        publish(destination, calls.subList(half, calls.size()));
      }
    }
  }

  /** The first time, the connection may have been one that was cut before. */
  private static void publishSuspect(Destination destination, List<Call> one) {
    try {
      destination.send(one);
    } catch (JedisConnectionException e) {
      if (isTimeout(e)) {
        throw e;
      }
      destination.ping();
      one.get(0).outcome =
          new Outcome(Outcome.Kind.REFUSED, "Redis cuts the connection: " + e.getMessage());
    }
  }

  private static boolean isTimeout(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** A server of its own, or the master that the sentinels name. */
  private final class ServerPipeline implements Destination {
    private final UnifiedJedis redis;

    ServerPipeline(UnifiedJedis redis) {
      this.redis = redis;
    }

    @Override
    public void send(List<Call> calls) {
      try (AbstractPipeline pipeline = redis.pipelined()) {
        RedisPublisher.this.send((Pipeline) pipeline, "PUBLISH", calls);
      }
      for (Call call : calls) {
        call.settle();
        if (call.outcome.error() != null && UNFIT.matcher(call.outcome.error()).find()) {
          throw new JedisException(call.outcome.error());
        }
      }
    }

    @Override
    public void ping() {
      redis.ping();
    }
  }

  /** The master of a slot. */
  private final class SlotPipeline implements Destination {
    private final RedisClusterClient cluster;
    private final int slot;

    SlotPipeline(RedisClusterClient cluster, int slot) {
      this.cluster = cluster;
      this.slot = slot;
    }

    @Override
    public void send(List<Call> calls) {
      try (Connection connection = cluster.getConnectionFromSlot(slot);
          Pipeline pipeline = new Pipeline(connection)) {
        RedisPublisher.this.send(pipeline, "SPUBLISH", calls);
      }
      for (Call call : calls) {
        if (call.isRedirected()) {
          // The client itself follows where the slot has gone.
          Object reply = reply(cluster, call);
          call.response = new Response<>(BuilderFactory.RAW_OBJECT);
          call.response.set(reply);
        }
        call.settle();
      }
    }

    @Override
    public void ping() {
      try (Connection connection = cluster.getConnectionFromSlot(slot)) {
        connection.ping();
      }
    }
  }

  /**
   * One pipeline for each slot, which is one or several realms: Jedis' own pipeline over several
   * nodes hides which of them failed. A node that is away keeps back its own realms only.
   */
  private void publishToCluster(RedisClusterClient cluster, List<Call> calls) {
    Map<Integer, List<Call>> bySlot = new LinkedHashMap<>();
    for (Call call : calls) {
      bySlot
          .computeIfAbsent(JedisClusterCRC16.getSlot(call.keys.get(0)), slot -> new ArrayList<>())
          .add(call);
    }
    boolean failed = false;
    for (Map.Entry<Integer, List<Call>> slot : bySlot.entrySet()) {
      try {
        publish(new SlotPipeline(cluster, slot.getKey()), slot.getValue());
      } catch (JedisException e) {
        failed = true;
        Outcome outcome = new Outcome(Outcome.Kind.NOT_NOW, Outage.rootMessage(e));
        slot.getValue().forEach(call -> call.outcome = outcome);
      }
    }
    if (failed) {
      // The slots of a node that is gone move to another, which nobody else would ask for.
      cluster.refreshClusterTopology();
    }
  }

  private static Object reply(RedisClusterClient cluster, Call call) {
    try {
      return cluster.eval(SCRIPT.text(), call.keys, call.arguments("SPUBLISH"));
    } catch (JedisDataException e) {
      return e;
    }
  }

  private void send(Pipeline pipeline, String publishCommand, List<Call> calls) {
    boolean known = false;
    for (Call call : calls) {
      List<String> arguments = call.arguments(publishCommand);
      // The first call makes the script known to the server, whatever it has forgotten.
      call.response =
          known
              ? pipeline.evalsha(SCRIPT.sha1(), call.keys, arguments)
              : pipeline.eval(SCRIPT.text(), call.keys, arguments);
      known = true;
    }
    Response<Long> replicas =
        settings.minReplicas() == 0
            ? null
            : pipeline.waitReplicas(settings.minReplicas(), REPLICATION_TIMEOUT.toMillis());
    pipeline.sync();
    if (replicas != null && replicas.get() < settings.minReplicas()) {
      throw new JedisException(
          replicas.get() + " of " + settings.minReplicas() + " replicas have what was written");
    }
  }

  private Call call(Addressed addressed) {
    return new Call(keys(addressed.envelope().message()), arguments(addressed));
  }

  private List<String> keys(SessionEnded message) {
    LogoutNames names = settings.names();
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
    List<String> arguments = new ArrayList<>(6 + addressed.toClients().size());
    arguments.add(Long.toString(GUARD_LIFE.toMillis()));
    arguments.add(Long.toString(Math.max(1, envelope.markerSeconds()) * 1000));
    arguments.add(Long.toString(message.time().getEpochSecond()));
    arguments.add(Long.toString(settings.retention().toMillis()));
    arguments.add(Integer.toString(settings.maxLength()));
    arguments.add(SessionEndedCodec.encode(message));
    arguments.addAll(addressed.toClients());
    return arguments;
  }
}
