package dev.ssologout.broadcaster;

/**
 * What a stream is about, and who listens.
 *
 * @param realm the realm's name
 * @param sid the session by which the listener is known
 * @param offline whether that is an offline session
 * @param started when that session began, in seconds since the epoch: an end before it was that of
 *     another session of the same sid
 * @param userId the id of the session's user
 * @param clientId the client that the listener is; {@code null} for a page of Keycloak's own
 * @param allOfUser whether the end of every session of the user is told, and not only that of the
 *     one session
 * @param network where the listener is, as it is counted by
 */
record Watch(
    String realm,
    String sid,
    boolean offline,
    int started,
    String userId,
    String clientId,
    boolean allOfUser,
    String network) {

  /** A session in all realms. */
  record Session(String realm, String sid, boolean offline) {}

  /** A user in all realms. */
  record User(String realm, String id) {}

  Session session() {
    return new Session(realm, sid, offline);
  }

  User user() {
    return new User(realm, userId);
  }

  /** For log lines: {@code key=value} pairs. */
  @Override
  public String toString() {
    return "realm=%s client=%s sid=%s user=%s scope=%s ip=%s"
        .formatted(
            realm,
            clientId == null ? "-" : clientId,
            sid,
            userId,
            allOfUser ? "user" : "session",
            network);
  }
}
