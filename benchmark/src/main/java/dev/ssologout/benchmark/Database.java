package dev.ssologout.benchmark;

import dev.ssologout.launcher.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A database of a PostgreSQL, for a Keycloak of its own. */
final class Database {
  /** The name of our connections, among Keycloak's. */
  static final String US = "benchmark";

  private final PostgresServer postgres;
  private final String name;
  private final String url;

  private Database(PostgresServer postgres, String name) {
    this.postgres = postgres;
    this.name = name;
    this.url = postgres.jdbcUrl().replaceFirst("[^/]+$", name);
  }

  /** The one that is there from the start. */
  static Database maintenance(PostgresServer postgres) {
    return new Database(postgres, PostgresServer.USER);
  }

  static Database create(PostgresServer postgres, String name) {
    maintenance(postgres).update("create database " + name);
    return new Database(postgres, name);
  }

  String name() {
    return name;
  }

  PostgresServer postgres() {
    return postgres;
  }

  /** How a Keycloak is started with it. */
  List<String> options() {
    return List.of("--db-url=" + url, "--db-username=" + PostgresServer.USER, "--db-password=none");
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

  /** The rows' columns as texts. */
  List<List<String>> query(String sql, Object... parameters) {
    try (Connection connection = connect();
        PreparedStatement statement = prepare(connection, sql, parameters);
        ResultSet result = statement.executeQuery()) {
      List<List<String>> rows = new ArrayList<>();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
          row.add(result.getString(column));
        }
        rows.add(row);
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  long count(String sql, Object... parameters) {
    return Long.parseLong(query(sql, parameters).get(0).get(0));
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url + "?ApplicationName=" + US, PostgresServer.USER, "");
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }
}
