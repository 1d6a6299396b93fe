package dev.ssologout.testsuite;

import dev.ssologout.launcher.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.awaitility.Awaitility;

/** Keycloak's PostgreSQL as it is, past Keycloak and its caches. */
final class Database {
  private final PostgresServer postgres;

  Database(PostgresServer postgres) {
    this.postgres = postgres;
  }

  /** The sids of the realm's online sessions. */
  Set<String> sessions(TestRealm realm) {
    return strings(
        "select s.user_session_id from offline_user_session s join realm r on r.id = s.realm_id"
            + " where s.offline_flag = '0' and r.name = ?",
        realm.name());
  }

  /** The ids of the messages that wait to be sent, or of packs of messages. */
  Set<String> waiting() {
    return strings("select correlation_id from outbox_entry where entry_kind = ?", "sso-logout");
  }

  /** The sids of the sessions whose messages wait, each in a row of its own. */
  Set<String> waitingSids() {
    return strings(
        "select payload::json ->> 'subject' from outbox_entry where entry_kind = ?", "sso-logout");
  }

  /**
   * @return how many rows it changed
   */
  int update(String sql, Object... parameters) {
    try (Connection connection = connect();
        PreparedStatement statement = prepare(connection, sql, parameters)) {
      return statement.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** What PostgreSQL's log has of the statements that it is sent until the work is over. */
  String statementsOf(Runnable work) {
    update("alter system set log_statement = 'all'");
    strings("select pg_reload_conf()");
    try {
      int from = mark();
      work.run();
      int to = mark();
      return postgres.log().substring(from, to);
    } finally {
      update("alter system reset log_statement");
      strings("select pg_reload_conf()");
    }
  }

  /**
   * Waits until the log has what was done until now; another process writes it, and reads the
   * settings.
   */
  private int mark() {
    String mark = "mark " + System.nanoTime();
    Awaitility.await("PostgreSQL's log")
        .atMost(MessageLog.PATIENCE)
        .until(
            () -> {
              strings("select '" + mark + "'");
              return postgres.log().contains(mark);
            });
    return postgres.log().length();
  }

  private Set<String> strings(String sql, Object... parameters) {
    try (Connection connection = connect();
        PreparedStatement statement = prepare(connection, sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      Set<String> strings = new HashSet<>();
      while (rows.next()) {
        strings.add(rows.getString(1));
      }
      return strings;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(postgres.jdbcUrl(), PostgresServer.USER, "");
  }
}
