package dev.ssologout.benchmark;

import dev.ssologout.launcher.PostgresServer;
import dev.ssologout.launcher.RedisServer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;

/**
 * Section 5. One thing grows at a time; a logout of one client is measured in turn without the
 * extension and with it.
 */
final class Growth implements Section.Body {
  private static final String BOUND = "Keycloak's own work and the database's commit";

  private Lab lab;
  private RedisServer redis;
  private Site stock;
  private Site extended;
  private Database stockDatabase;
  private Database extendedDatabase;

  /** Makes something as large as it is told, and unmakes it when it is closed. */
  private interface Grower {
    AutoCloseable grow(Realm stock, Realm extended, int size) throws Exception;
  }

  @Override
  public void run(Lab ofSection) throws Exception {
    lab = ofSection;
    redis = lab.redis();
    PostgresServer postgres = lab.postgres();
    stockDatabase = Database.create(postgres, "stock");
    extendedDatabase = Database.create(postgres, "extended");
    stock = lab.keycloak(Lab.With.NOTHING, stockDatabase);
    List<String> options = new ArrayList<>(List.of(Lab.redisOption(redis.uri())));
    options.addAll(List.of(EventStreams.options(10_000)));
    extended = lab.keycloak(Lab.With.EXTENSION, extendedDatabase, options.toArray(String[]::new));
    boolean quick = lab.isQuick();
    grow("clients", quick ? List.of(10, 100) : List.of(10, 100, 1_000), this::clients);
    grow(
        "sessions",
        quick ? List.of(1_000, 10_000) : List.of(1_000, 10_000, 100_000, 1_000_000),
        this::sessions);
    grow("subscribers", quick ? List.of(1, 100) : List.of(1, 10, 100, 1_000), this::subscribers);
    grow("streams", quick ? List.of(10, 100) : List.of(10, 100, 1_000, 2_000), this::streams);
  }

  private void grow(String what, List<Integer> sizes, Grower grower) throws Exception {
    for (int size : sizes) {
      // A realm with so many clients has them from the start.
      int clients = what.equals("clients") ? size : 1;
      String name = what + size;
      Realm without = Realm.create(stock, name, List.of("jboss-logging"), clients);
      Realm with = Realm.create(extended, name, List.of("jboss-logging", Realm.LISTENER), clients);
      AutoCloseable grown = grower.grow(without, with, size);
      try (Load stockLoad = new Load(without, 1);
          Load extendedLoad = new Load(with, 1)) {
        int count = lab.size(20, 200);
        Interleaved rounds =
            new Interleaved()
                .variant("stock Keycloak", () -> stockLoad.run(count))
                .variant("extension", () -> extendedLoad.run(count));
        String where = "%,d %s".formatted(size, what);
        rounds.run(lab.size(1, 2), lab.size(2, 5), round -> lab.say(where + ", " + round));
        lab.add(rounds.compare("Logout, p50, " + where, "logout p50", "ms", BOUND));
      } finally {
        grown.close();
      }
      if (!what.equals("sessions")) {
        stock.admin("DELETE", "/admin/realms/" + name, null);
        extended.admin("DELETE", "/admin/realms/" + name, null);
      }
    }
  }

  private AutoCloseable clients(Realm without, Realm with, int size) {
    return () -> {};
  }

  private AutoCloseable sessions(Realm without, Realm with, int size) {
    SessionRows.copy(stockDatabase, new UserAgent(without).passwordGrant().sid(), "copy-", size);
    SessionRows.copy(extendedDatabase, new UserAgent(with).passwordGrant().sid(), "copy-", size);
    return () -> {
      for (Database database : List.of(stockDatabase, extendedDatabase)) {
        database.update("delete from offline_client_session where user_session_id like 'copy-%'");
        database.update("delete from offline_user_session where user_session_id like 'copy-%'");
        database.update("delete from outbox_entry");
      }
    };
  }

  private AutoCloseable subscribers(Realm without, Realm with, int size) {
    Deque<Connection> connections = new ArrayDeque<>();
    String channel = "sso-logout:{" + with.name() + "}";
    for (int i = 0; i < size; i++) {
      // Redis writes to it, and that nobody reads here takes nothing from those who are measured.
      Connection connection =
          new Connection(
              new HostAndPort("127.0.0.1", redis.port()),
              DefaultJedisClientConfig.builder().build());
      connection.sendCommand(Protocol.Command.SUBSCRIBE, channel);
      connection.getOne();
      connections.push(connection);
    }
    return () -> connections.forEach(Connection::close);
  }

  private AutoCloseable streams(Realm without, Realm with, int size) throws Exception {
    List<String> tokens = new ArrayList<>();
    UserAgent agent = new UserAgent(with);
    for (int i = 0; i < Math.min(size, 50); i++) {
      tokens.add(agent.passwordGrant().accessToken());
    }
    return new EventStreams(with, tokens, size);
  }
}
