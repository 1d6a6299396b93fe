package dev.ssologout.launcher;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A master and a replica with three sentinels, which make the replica the master within a few
 * seconds of the master's end. All listen on the loopback address.
 */
public final class RedisSentinels implements AutoCloseable {
  /** The name under which the sentinels know the master. */
  public static final String MASTER = "sessions";

  private final RedisGroup group = new RedisGroup(null);
  private final List<RedisServer> data = new ArrayList<>();
  private final List<RedisServer> sentinels = new ArrayList<>();

  private RedisSentinels() {}

  /**
   * Starts all and waits until each knows the others.
   *
   * @throws LaunchException when that does not come about
   */
  public static RedisSentinels start() {
    RedisSentinels started = new RedisSentinels();
    try {
      started.startAll();
      return started;
    } catch (RuntimeException e) {
      started.close();
      throw e;
    }
  }

  /** {@code redis-sentinel://} with the sentinels and the master's name. */
  public URI uri() {
    return URI.create(
        "redis-sentinel://"
            + sentinels.stream()
                .map(sentinel -> "127.0.0.1:" + sentinel.port())
                .collect(Collectors.joining(","))
            + "/"
            + MASTER);
  }

  /**
   * The master as the sentinels have it now.
   *
   * @throws LaunchException if no sentinel answers
   */
  public RedisServer master() {
    for (RedisServer sentinel : sentinels) {
      try {
        List<?> address = (List<?>) sentinel.ask("SENTINEL", "get-master-addr-by-name", MASTER);
        int port = Integer.parseInt((String) address.get(1));
        return data.stream().filter(server -> server.port() == port).findFirst().orElseThrow();
      } catch (IOException e) {
        // The next may answer.
      }
    }
    throw new LaunchException("no sentinel answers");
  }

  /** Ends all processes and deletes what they left. */
  @Override
  public void close() {
    group.close();
  }

  private void startAll() {
    RedisServer master = group.start(RedisServer.builder());
    data.add(master);
    data.add(group.start(RedisServer.builder().config("replicaof 127.0.0.1 " + master.port())));
    group.await(
        "replication", () -> ((String) master.ask("INFO", "replication")).contains("state=online"));
    for (int i = 0; i < 3; i++) {
      sentinels.add(
          group.start(
              RedisServer.builder()
                  .sentinel()
                  .config(
                      "sentinel monitor " + MASTER + " 127.0.0.1 " + master.port() + " 2",
                      "sentinel down-after-milliseconds " + MASTER + " 1000",
                      "sentinel failover-timeout " + MASTER + " 5000")));
    }
    for (RedisServer sentinel : sentinels) {
      group.await(
          "Sentinel",
          () -> ((String) sentinel.ask("INFO", "sentinel")).contains("slaves=1,sentinels=3"));
    }
  }
}
