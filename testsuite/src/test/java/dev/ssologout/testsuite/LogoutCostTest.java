package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.UnifiedJedis;

/**
 * What a logout costs, as far as it does not depend on the machine. How long it takes is for {@code
 * bin/benchmark}.
 */
class LogoutCostTest {
  private static final String REQUEST = "executor-thread-\\d+";
  private static final String RELAY = "sso-logout-relay";
  private static final Pattern CALLS = Pattern.compile("cmdstat_([^:|]+)[^:]*:calls=(\\d+)");
  private static final Pattern INSERT =
      Pattern.compile("insert into (\\w+\\.)?OUTBOX_ENTRY", Pattern.CASE_INSENSITIVE);

  private static final String[] OPTIONS = {
    "--log-level=INFO,org.hibernate.SQL:DEBUG,dev.ssologout:DEBUG",
    // No look at the outbox but those for a logout.
    "--spi-events-listener--redis-logout--scan-interval=3600000"
  };

  @Test
  void costsNoMoreStatementsInTheRequestAndOneCallOfRedis() {
    try (Stack stack = Stack.start(OPTIONS)) {
      costs(stack, 0);
    }
  }

  @Test
  void costsOneStatementLessOnPostgres() {
    try (Stack stack = Stack.startOnPostgres(OPTIONS)) {
      costs(stack, -1);
    }
  }

  /**
   * @param more how many more statements a logout's request may have with the extension
   */
  private static void costs(Stack stack, int more) {
    try (TestRealm watched = stack.createRealm();
        TestRealm unwatched =
            stack.createRealm(
                settings -> settings.getEventsListeners().remove(TestRealm.LISTENER));
        UnifiedJedis redis = stack.connect()) {
      // What is read once and then cached is not a logout's.
      logoutAtBoth(unwatched);
      awaitSent(stack, logoutAtBoth(watched));
      for (List<String> clients : List.of(List.of("shop"), List.of("shop", "blog"))) {
        List<String> without = statements(stack, REQUEST, logout(unwatched, clients));
        redis.executeCommand(new CommandArguments(Protocol.Command.CONFIG).add("RESETSTAT"));
        int before = stack.keycloak().log().length();

        List<String> with = statements(stack, REQUEST, logout(watched, clients));

        assertThat(with)
            .as("statements of the request")
            .hasSizeLessThanOrEqualTo(without.size() + more);
        assertThat(with).filteredOn(sql -> INSERT.matcher(sql).find()).hasSize(1);
        awaitSent(stack, before);
        assertThat(statements(RELAY, stack.keycloak().log().substring(before)))
            .as("statements of the relay that lock or change rows")
            .filteredOn(sql -> sql.contains(" update") || !sql.startsWith("select"))
            .hasSize(2);
        Map<String, Integer> calls = calls(redis);
        assertThat(calls.getOrDefault("eval", 0) + calls.getOrDefault("evalsha", 0))
            .as("calls of Redis: %s", calls)
            .isEqualTo(1);
        assertThat(calls)
            .as("what the call does")
            .containsEntry("set", 2)
            .containsEntry("xadd", 1 + clients.size())
            .containsEntry("publish", 1 + clients.size());
      }
    }
  }

  /**
   * @return where its log begins
   */
  private static int logoutAtBoth(TestRealm realm) {
    int from = realm.stack().keycloak().log().length();
    logout(realm, List.of("shop", "blog")).run();
    return from;
  }

  private static Runnable logout(TestRealm realm, List<String> clients) {
    UserAgent browser = realm.userAgent();
    Login login = browser.signIn("alice", clients.get(0));
    clients.stream().skip(1).forEach(browser::alsoAt);
    return login::logout;
  }

  private static void awaitSent(Stack stack, int from) {
    stack.awaitLog(from, "Sent 1 messages");
  }

  private static List<String> statements(Stack stack, String thread, Runnable work) {
    int from = stack.keycloak().log().length();
    work.run();
    return statements(thread, stack.keycloak().log().substring(from));
  }

  /** What a thread has sent; a statement may take several lines of the log. */
  private static List<String> statements(String thread, String log) {
    return Pattern.compile(
            "\\[org\\.hibernate\\.SQL\\] \\(" + thread + "\\)(.*?)(?=^\\d{4}-|\\z)",
            Pattern.MULTILINE | Pattern.DOTALL)
        .matcher(log)
        .results()
        .map(match -> match.group(1).strip().replaceAll("\\s+", " "))
        .toList();
  }

  private static Map<String, Integer> calls(UnifiedJedis redis) {
    Map<String, Integer> calls = new TreeMap<>();
    Matcher matcher = CALLS.matcher(redis.info("commandstats"));
    while (matcher.find()) {
      calls.merge(matcher.group(1), Integer.valueOf(matcher.group(2)), Integer::sum);
    }
    return calls;
  }
}
