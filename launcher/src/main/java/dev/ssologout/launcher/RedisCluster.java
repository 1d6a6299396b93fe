package dev.ssologout.launcher;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A Redis Cluster of three masters with a replica each, which takes its master's place within a few
 * seconds of its end. All listen on the loopback address.
 */
public final class RedisCluster implements AutoCloseable {
  private static final int MASTERS = 3;
  private static final int SLOTS = 16_384;
  // Each node listens on a second port for the others, so far above its own.
  private static final int BUS = 10_000;

  private final RedisGroup group;
  private final List<RedisServer> nodes = new ArrayList<>();

  private RedisCluster(Path executable) {
    this.group = new RedisGroup(executable);
  }

  /**
   * Starts all and waits until the cluster takes commands and every replica follows.
   *
   * @param executable another {@code redis-server} than the 6.2 that embedded-redis carries; {@code
   *     null} for that one
   * @param config lines for each node's {@code redis.conf}
   * @throws LaunchException when that does not come about
   */
  public static RedisCluster start(Path executable, String... config) {
    RedisCluster started = new RedisCluster(executable);
    try {
      started.startAll(config);
      return started;
    } catch (IOException e) {
      started.close();
      throw new LaunchException("Redis Cluster could not be made: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      started.close();
      throw e;
    }
  }

  /** The nodes, those that are down included. */
  public List<RedisServer> nodes() {
    return List.copyOf(nodes);
  }

  /** {@code redis-cluster://} with all nodes. */
  public URI uri() {
    return URI.create(
        "redis-cluster://"
            + nodes.stream()
                .map(node -> "127.0.0.1:" + node.port())
                .collect(Collectors.joining(",")));
  }

  /**
   * The master of a key's slot, as the nodes that live have it.
   *
   * @param key without spaces
   * @throws LaunchException if no node answers
   */
  public RedisServer masterOf(String key) {
    for (RedisServer node : nodes) {
      try {
        long slot = (Long) node.ask("CLUSTER", "KEYSLOT", key);
        for (Object range : (List<?>) node.ask("CLUSTER", "SLOTS")) {
          List<?> parts = (List<?>) range;
          if ((Long) parts.get(0) <= slot && slot <= (Long) parts.get(1)) {
            return at((Long) ((List<?>) parts.get(2)).get(1));
          }
        }
      } catch (IOException e) {
        // The next may answer.
      }
    }
    throw new LaunchException("no node of the cluster answers");
  }

  /** Ends all processes and deletes what they left. */
  @Override
  public void close() {
    group.close();
  }

  private RedisServer at(long port) {
    return nodes.stream().filter(node -> node.port() == port).findFirst().orElseThrow();
  }

  private void startAll(String... config) throws IOException {
    for (int i = 0; i < 2 * MASTERS; i++) {
      nodes.add(
          group.start(
              RedisServer.builder()
                  .port(FreePort.findWithAnother(BUS))
                  .config("cluster-enabled yes", "cluster-node-timeout 2000")
                  .config(config)));
    }
    for (int i = 0; i < MASTERS; i++) {
      List<String> command = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
      IntStream.range(i * SLOTS / MASTERS, (i + 1) * SLOTS / MASTERS)
          .mapToObj(Integer::toString)
          .forEach(command::add);
      nodes.get(i).ask(command.toArray(String[]::new));
      // Nodes of the same epoch would first have to agree which gives way.
      nodes.get(i).ask("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
    }
    for (RedisServer node : nodes) {
      nodes.get(0).ask("CLUSTER", "MEET", "127.0.0.1", Integer.toString(node.port()));
    }
    for (RedisServer node : nodes) {
      group.await("Redis Cluster", () -> info(node).contains("cluster_known_nodes:6"));
    }
    for (int i = 0; i < MASTERS; i++) {
      String master = (String) nodes.get(i).ask("CLUSTER", "MYID");
      RedisServer replica = nodes.get(MASTERS + i);
      group.await("Redis Cluster", () -> "OK".equals(replica.ask("CLUSTER", "REPLICATE", master)));
    }
    for (RedisServer node : nodes) {
      group.await("Redis Cluster", () -> info(node).contains("cluster_state:ok"));
    }
    for (RedisServer replica : nodes.subList(MASTERS, 2 * MASTERS)) {
      group.await(
          "replication",
          () -> ((String) replica.ask("INFO", "replication")).contains("master_link_status:up"));
    }
    for (RedisServer node : nodes) {
      // A node that is asked in the meantime tells of the replicas only once it has heard of them.
      group.await(
          "Redis Cluster",
          () ->
              ((List<?>) node.ask("CLUSTER", "SLOTS"))
                  .stream().allMatch(range -> ((List<?>) range).size() == 4));
    }
  }

  private static String info(RedisServer node) throws IOException {
    return (String) node.ask("CLUSTER", "INFO");
  }
}
