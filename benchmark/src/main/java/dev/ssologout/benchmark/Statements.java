package dev.ssologout.benchmark;

import dev.ssologout.launcher.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The SQL statements that a Keycloak sends, by PostgreSQL's own log. */
final class Statements {
  private static final Pattern LINE =
      Pattern.compile("^(\\S+?)/(.*?) LOG:  (?:statement|execute [^:]*): (.*)$", Pattern.MULTILINE);
  private static final Pattern TABLE =
      Pattern.compile(
          "^(?:with .*?\\) )?(insert into|delete from|update|select)\\b(?:.*?\\bfrom\\b)?\\s+([a-z_]+)");

  private Statements() {}

  /** What the work has the Keycloak of the database send until the work is over. */
  static List<String> of(Database database, Runnable work) {
    PostgresServer postgres = database.postgres();
    Database ours = Database.maintenance(postgres);
    ours.update("alter system set log_line_prefix = '%d/%a '");
    ours.update("alter system set log_statement = 'all'");
    ours.query("select pg_reload_conf()");
    int from = mark(ours);
    work.run();
    int to = mark(ours);
    String log = postgres.log().substring(from, to);
    ours.update("alter system reset log_statement");
    ours.query("select pg_reload_conf()");
    List<String> statements = new ArrayList<>();
    Matcher line = LINE.matcher(log);
    while (line.find()) {
      if (line.group(1).equals(database.name())
          && !line.group(2).equals(Database.US)
          && !line.group(3).startsWith("SET ")) {
        statements.add(line.group(3));
      }
    }
    return statements;
  }

  /** How many there are of each kind and table, such as {@code insert into outbox_entry}. */
  static Map<String, Integer> kinds(List<String> statements) {
    Map<String, Integer> kinds = new TreeMap<>();
    for (String statement : statements) {
      Matcher table = TABLE.matcher(statement.toLowerCase(Locale.ROOT));
      kinds.merge(
          table.find()
              ? table.group(1) + " " + table.group(2)
              : statement.split("[ (;]", 2)[0].toLowerCase(Locale.ROOT),
          1,
          Integer::sum);
    }
    return kinds;
  }

  /**
   * Waits until the log has what was done until now; it is written by another process, and a new
   * setting is read some time after it was told.
   *
   * @return how long the log is then
   */
  private static int mark(Database ours) {
    String mark = "mark" + System.nanoTime();
    Await.until(
        "PostgreSQL's log",
        () -> {
          ours.query("select '" + mark + "'");
          return ours.postgres().log().contains(mark);
        });
    return ours.postgres().log().length();
  }
}
