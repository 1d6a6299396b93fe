package dev.ssologout.benchmark;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;

/** Which clients have heard of the end of a session, and when. */
final class Hearing implements AutoCloseable {
  private final Map<String, Long> heard = new ConcurrentHashMap<>();
  private final Runnable end;

  private Hearing(Function<Hearing, Runnable> begin) {
    this.end = begin.apply(this);
  }

  /**
   * By HTTP, where Keycloak posts its own back-channel logout.
   *
   * @param delay before each answer
   */
  static Hearing atEndpoints(int port, Duration delay) {
    return atEndpoints(port, delay, 204);
  }

  /** By HTTP, where Keycloak pushes security event tokens (RFC 8935). */
  static Hearing atPushEndpoints(int port) {
    return atEndpoints(port, Duration.ZERO, 202);
  }

  private static Hearing atEndpoints(int port, Duration delay, int status) {
    return new Hearing(
        hearing -> {
          try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 100);
            ExecutorService executor = Executors.newCachedThreadPool();
            server.setExecutor(executor);
            server.createContext(
                "/",
                exchange -> {
                  exchange.getRequestBody().readAllBytes();
                  LockSupport.parkNanos(delay.toNanos());
                  hearing.hears(exchange.getRequestURI().getPath().substring(1));
                  exchange.sendResponseHeaders(status, -1);
                  exchange.close();
                });
            server.start();
            return () -> {
              server.stop(0);
              executor.shutdownNow();
            };
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** The address at {@link #atEndpoints} for a client. */
  static String url(int port, int client) {
    return "http://127.0.0.1:" + port + "/" + Realm.clientId(client);
  }

  /**
   * By Redis.
   *
   * @param channels what the name of each client's channel begins with, before the client's id
   */
  static Hearing onChannels(RedisClient redis, String channels) {
    return new Hearing(
        hearing -> {
          JedisPubSub subscriber =
              new JedisPubSub() {
                @Override
                public void onPMessage(String pattern, String channel, String message) {
                  hearing.hears(channel.substring(channels.length()));
                }
              };
          Thread thread = new Thread(() -> redis.psubscribe(subscriber, channels + "*"), "hearing");
          thread.setDaemon(true);
          // A Redis that goes away is part of what is measured.
          thread.setUncaughtExceptionHandler((ended, e) -> {});
          thread.start();
          Await.until("the subscription", () -> subscriber.getSubscribedChannels() == 1);
          return () -> {
            if (thread.isAlive()) {
              subscriber.punsubscribe();
            }
          };
        });
  }

  private void hears(String client) {
    heard.putIfAbsent(client, System.nanoTime());
  }

  void forget() {
    heard.clear();
  }

  int clients() {
    return heard.size();
  }

  /** When the last heard, as of {@link System#nanoTime()}. */
  long last() {
    return heard.values().stream().mapToLong(Long::longValue).max().orElseThrow();
  }

  @Override
  public void close() {
    end.run();
  }
}
