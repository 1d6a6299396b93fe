package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.testsuite.RelyingParties.LogoutToken;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * One way in which a session ends, or does not, in one realm: a row of the table in {@code
 * docs/events.md}. Begun before anybody signs in, as it has the clients told by Keycloak's own
 * back-channel logout too, to compare with.
 */
final class Ending {
  private static final List<String> CLIENTS = List.of("shop", "blog");

  private final TestRealm realm;
  private final String path;
  private final Set<String> before;
  private final int logoutTokensBefore;
  private TestRealm probe;

  private Ending(TestRealm realm, String path) {
    this.realm = realm;
    this.path = path;
    this.probe = realm;
    this.before = realm.messages().all().stream().map(SessionEnded::id).collect(Collectors.toSet());
    this.logoutTokensBefore = realm.stack().relyingParties().received(realm.name()).size();
  }

  /** A session that has ended. */
  record Session(String sid, String sub, boolean offline, List<String> clients) {}

  private record Told(Session session, Reason reason, Initiator initiator) {
    static Told by(SessionEnded message) {
      return new Told(
          new Session(message.sid(), message.sub(), message.offline(), message.clients()),
          message.reason(),
          message.initiator());
    }
  }

  /**
   * @param path the row's name
   */
  static Ending by(String path, TestRealm realm) {
    for (String client : CLIENTS) {
      realm.updateClient(
          client, settings -> realm.stack().relyingParties().listen(realm.name(), settings));
    }
    return new Ending(realm, path);
  }

  /** Takes another realm to know when everything has been sent: this one will be gone. */
  Ending probedIn(TestRealm other) {
    probe = other;
    return this;
  }

  TestRealm realm() {
    return realm;
  }

  /** Holds that exactly these sessions are told of, each once on every channel. */
  void tells(Reason reason, Initiator initiator, Session... sessions) {
    List<LogoutToken> logoutTokens = logoutTokens();
    List<SessionEnded> messages = settled(sessions.length);
    EndingsTable.Row row = row(messages, logoutTokens);
    EndingsTable.record(row);
    assertThat(messages.stream().map(Told::by))
        .as(path)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(sessions).map(session -> new Told(session, reason, initiator)).toList());
    messages.forEach(this::holdEveryChannel);
    EndingsTable.compareWithDocs(row);
  }

  /** Holds that nothing is told. */
  void tellsNothing() {
    List<LogoutToken> logoutTokens = logoutTokens();
    List<SessionEnded> messages = settled(0);
    EndingsTable.Row row = row(messages, logoutTokens);
    EndingsTable.record(row);
    assertThat(messages.stream().map(Told::by)).as(path).isEmpty();
    EndingsTable.compareWithDocs(row);
  }

  private List<LogoutToken> logoutTokens() {
    List<LogoutToken> all = realm.stack().relyingParties().received(realm.name());
    return all.subList(logoutTokensBefore, all.size());
  }

  private List<SessionEnded> settled(int count) {
    try {
      Awaitility.await()
          .atMost(MessageLog.PATIENCE)
          .until(() -> news(realm.messages().all()).size() >= count);
    } catch (ConditionTimeoutException e) {
      // What is missing is told by the comparison.
    }
    return news(realm.messages().settledAfter(probe));
  }

  private List<SessionEnded> news(List<SessionEnded> messages) {
    return messages.stream().filter(message -> !before.contains(message.id())).toList();
  }

  private void holdEveryChannel(SessionEnded message) {
    assertThat(message.realm()).isEqualTo(realm.name());
    assertThat(message.source()).isEqualTo(realm.issuer());
    assertThat(published(realm.names().realm(realm.name()), message)).as(path).isEqualTo(1);
    for (String client : message.clients()) {
      assertThat(realm.messages().all(client).stream().filter(m -> m.id().equals(message.id())))
          .as("%s, stream of %s", path, client)
          .singleElement()
          .satisfies(m -> assertThat(m.offline()).isEqualTo(message.offline()));
      assertThat(published(realm.names().client(realm.name(), client), message))
          .as("%s, channel of %s", path, client)
          .isEqualTo(1);
    }
  }

  private long published(String channel, SessionEnded message) {
    return realm.messages().published(channel).stream()
        .filter(m -> m.id().equals(message.id()))
        .count();
  }

  private EndingsTable.Row row(List<SessionEnded> messages, List<LogoutToken> logoutTokens) {
    return new EndingsTable.Row(
        path,
        numbers(messages),
        words(messages.stream().map(message -> message.reason().wireName())),
        words(messages.stream().map(message -> message.initiator().wireName())),
        keycloaksOwn(messages, logoutTokens));
  }

  private static String numbers(List<SessionEnded> messages) {
    long offline = messages.stream().filter(SessionEnded::offline).count();
    long online = messages.size() - offline;
    if (offline == 0) {
      return online == 0 ? "none" : Long.toString(online);
    }
    return (online == 0 ? "" : online + " and ") + offline + " offline";
  }

  private static String words(Stream<String> words) {
    return words
        .distinct()
        .sorted()
        .map(word -> "`" + word + "`")
        .collect(Collectors.joining(", "));
  }

  private String keycloaksOwn(List<SessionEnded> messages, List<LogoutToken> logoutTokens) {
    Set<LogoutToken> told = Set.copyOf(logoutTokens);
    if (told.isEmpty()) {
      return "nothing";
    }
    if (told.equals(listeners(messages.stream()))) {
      return "a logout token to every client";
    }
    if (told.equals(listeners(messages.stream().filter(SessionEnded::offline)))) {
      return "a logout token to the offline session's clients only";
    }
    if (messages.isEmpty() && told.size() == 1) {
      return "a logout token to that client";
    }
    throw new AssertionError("no words for %s at %s".formatted(told, messages));
  }

  /** Those of the sessions' clients that listen to Keycloak's own back-channel logout. */
  private Set<LogoutToken> listeners(Stream<SessionEnded> messages) {
    return messages
        .flatMap(
            message ->
                message.clients().stream()
                    .filter(client -> realm.stack().relyingParties().listens(realm.name(), client))
                    .map(client -> new LogoutToken(client, message.sid())))
        .collect(Collectors.toSet());
  }
}
