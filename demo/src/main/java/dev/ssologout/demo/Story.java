package dev.ssologout.demo;

import com.google.gson.JsonObject;
import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What has happened so far: each session that ended, and who heard of it when. */
final class Story {

  private static final int MOST = 50;

  private final Deque<Chapter> chapters = new ArrayDeque<>();

  // What came before its message, by sid.
  private final Map<String, List<Hearing>> early =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<Hearing>> eldest) {
          return size() > MOST;
        }
      };

  /**
   * Who heard of the end of a session.
   *
   * @param who an instance of an app, or an app for a tab of it
   * @param how {@code redis} and {@code logout_token} for servers, for tabs as the SDK has it
   * @param tab whether it is a tab of a browser
   * @param afterMillis how long after the end; {@code null} where that is not told
   */
  record Hearing(String who, String how, boolean tab, Long afterMillis) {}

  /**
   * A session that ended.
   *
   * @param channel the Redis channel that said so
   * @param afterMillis how long after the end it came by there
   */
  record Chapter(
      String id,
      String realm,
      String sid,
      String username,
      boolean offline,
      String reason,
      String initiator,
      String time,
      List<String> clients,
      String channel,
      long afterMillis,
      List<Hearing> heard) {}

  /**
   * A message has come.
   *
   * @param username may be {@code null}
   */
  synchronized void ended(SessionEnded message, String channel, String username) {
    List<Hearing> heard = early.remove(message.sid());
    chapters.addFirst(
        new Chapter(
            message.id(),
            message.realm(),
            message.sid(),
            username,
            message.offline(),
            message.reason().wireName(),
            message.initiator().wireName(),
            message.time().toString(),
            message.clients() == null ? List.of() : List.copyOf(message.clients()),
            channel,
            Duration.between(message.time(), Instant.now()).toMillis(),
            heard == null ? new ArrayList<>() : heard));
    if (chapters.size() > MOST) {
      chapters.removeLast();
    }
    notifyAll();
  }

  /** An entry of an app's audit log. */
  void audit(JsonObject entry) {
    String instance = entry.get("instance").getAsString();
    switch (entry.get("event").getAsString()) {
      case "session_ended" ->
          heard(
              sid(entry), new Hearing(instance, "redis", false, entry.get("after_ms").getAsLong()));
      case "logout_token" -> {
        if (entry.get("accepted").getAsBoolean()) {
          heard(sid(entry), new Hearing(instance, "logout_token", false, null));
        }
      }
      case "tab_told" ->
          heard(
              sid(entry),
              new Hearing(
                  entry.get("client").getAsString(),
                  entry.get("via").getAsString(),
                  true,
                  entry.get("after_ms").getAsLong()));
      default -> {
        // Sign-ins and their failures show elsewhere.
      }
    }
  }

  private static String sid(JsonObject entry) {
    return entry.get("sid").getAsString();
  }

  /** Somebody has heard of the end of a session, perhaps before its message came by here. */
  synchronized void heard(String sid, Hearing hearing) {
    for (Chapter chapter : chapters) {
      if (chapter.sid().equals(sid)) {
        // A page that got no answer reports again.
        if (!chapter.heard().contains(hearing)) {
          chapter.heard().add(hearing);
          notifyAll();
        }
        return;
      }
    }
    early.computeIfAbsent(sid, key -> new ArrayList<>()).add(hearing);
  }

  /** Newest first. */
  synchronized List<Chapter> chapters() {
    return chapters.stream()
        .map(
            each ->
                new Chapter(
                    each.id(),
                    each.realm(),
                    each.sid(),
                    each.username(),
                    each.offline(),
                    each.reason(),
                    each.initiator(),
                    each.time(),
                    each.clients(),
                    each.channel(),
                    each.afterMillis(),
                    List.copyOf(each.heard())))
        .toList();
  }

  /** Waits until something happens, or the time is over. */
  synchronized void await(Duration limit) throws InterruptedException {
    wait(limit.toMillis());
  }
}
