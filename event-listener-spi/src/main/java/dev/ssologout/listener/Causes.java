package dev.ssologout.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The causes that this node has heard of in the requests that it is serving right now.
 *
 * <p>An event tells the cause in one {@code KeycloakSession}, and the session's row may be deleted
 * in another: where Keycloak cannot write into the request's own transaction, it opens a second one
 * before the first {@code KeycloakSession} closes. A cause therefore belongs to the node, and lives
 * until the {@code KeycloakSession} that told it closes.
 */
final class Causes {
  private final ConcurrentMap<Subject, Cause> causes = new ConcurrentHashMap<>();

  /** What a cause is about: one session, or every session of a user. */
  private record Subject(String realmId, Kind kind, String id) {
    private enum Kind {
      SESSION,
      USER
    }
  }

  /** The cause told for the session, or else for its user; {@code null} if none was told. */
  Cause find(String realmId, String sid, String userId) {
    Cause cause = causes.get(new Subject(realmId, Subject.Kind.SESSION, sid));
    return cause != null ? cause : causes.get(new Subject(realmId, Subject.Kind.USER, userId));
  }

  /** Where one {@code KeycloakSession} tells its causes; closed with it. */
  Teller teller() {
    return new Teller();
  }

  final class Teller implements AutoCloseable {
    private final List<Subject> told = new ArrayList<>(1);
    private final List<Cause> with = new ArrayList<>(1);

    void sessionEnds(String realmId, String sid, Cause cause) {
      tell(new Subject(realmId, Subject.Kind.SESSION, sid), cause);
    }

    void sessionsOfUserEnd(String realmId, String userId, Cause cause) {
      tell(new Subject(realmId, Subject.Kind.USER, userId), cause);
    }

    private void tell(Subject subject, Cause cause) {
      causes.put(subject, cause);
      told.add(subject);
      with.add(cause);
    }

    @Override
    public void close() {
      for (int i = 0; i < told.size(); i++) {
        causes.remove(told.get(i), with.get(i));
      }
    }
  }
}
