package dev.ssologout.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class PostgresServerTest {

  @Test
  void keepsPortAndDataOverRestart() throws SQLException {
    try (PostgresServer postgres = new PostgresServer().start()) {
      int port = postgres.port();
      execute(postgres, "create table kept (value text)");
      execute(postgres, "insert into kept values ('a')");

      postgres.stop();
      assertThatThrownBy(() -> execute(postgres, "select 1")).isInstanceOf(SQLException.class);

      postgres.start();
      assertThat(postgres.port()).isEqualTo(port);
      assertThat(ask(postgres, "select value from kept")).isEqualTo("a");
    }
  }

  @Test
  void endsOnClose() {
    PostgresServer postgres = new PostgresServer().start();
    postgres.close();
    assertThat(FreePort.isFree(postgres.port())).isTrue();
  }

  private static void execute(PostgresServer postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String ask(PostgresServer postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getString(1);
    }
  }

  private static Connection connect(PostgresServer postgres) throws SQLException {
    return DriverManager.getConnection(postgres.jdbcUrl(), PostgresServer.USER, "");
  }
}
