package dev.ssologout.broadcaster;

import dev.ssologout.broadcaster.StreamMetrics.Closing;
import dev.ssologout.broadcaster.StreamMetrics.Refusal;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import jakarta.ws.rs.sse.OutboundSseEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/**
 * The streams that are open on this node. Nothing in here waits for anything: it is called by the
 * threads of requests, of the server's event loop and of whoever hears of ended sessions.
 */
final class LogoutStreams {
  private static final Logger LOG = Logger.getLogger(LogoutStreams.class);

  /** How many ends are remembered for whoever connects just after one. */
  private static final int RECENT = 10_000;

  /** How many ends a stream that was away is told at once. */
  private static final int MOST_MISSED = 100;

  private static final Duration FIRST_RETRY = Duration.ofMillis(500);

  /**
   * @param heartbeat how often a stream shows a sign of life
   * @param lifetime how old a stream may become
   * @param byeSpread over how long streams spread their return when a server stops
   */
  record Settings(
      int perSession,
      int perUser,
      int perIp,
      int perNode,
      Duration heartbeat,
      Duration lifetime,
      Duration byeSpread) {}

  /** There are too many streams already. */
  static final class TooManyException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Refusal reason;

    TooManyException(Refusal reason) {
      this.reason = reason;
    }

    Refusal reason() {
      return reason;
    }
  }

  private final Settings settings;
  private final StreamMetrics metrics;

  // All guarded by this.
  private final Set<LogoutStream> open = new LinkedHashSet<>();
  private final Map<Watch.Session, Set<LogoutStream>> bySession = new HashMap<>();
  private final Map<Watch.User, Set<LogoutStream>> byUser = new HashMap<>();
  private final Map<String, Integer> byNetwork = new HashMap<>();
  private final Map<String, Integer> byRealm = new HashMap<>();
  private final Map<Watch.Session, Long> expiries = new HashMap<>();
  private final Map<String, SessionEnded> recentById =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SessionEnded> eldest) {
          if (size() > RECENT) {
            recentBySession.remove(session(eldest.getValue()), eldest.getValue());
            return true;
          }
          return false;
        }
      };
  private final Map<Watch.Session, SessionEnded> recentBySession = new HashMap<>();
  private boolean closed;

  LogoutStreams(Settings settings, StreamMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
  }

  /**
   * Takes a stream in. From here on it is told whatever happens, and what has happened a moment
   * ago.
   *
   * @param lastEventId the id of the last event that the reader has had; may be {@code null}
   * @throws TooManyException if a limit is reached
   */
  void open(LogoutStream stream, String lastEventId) throws TooManyException {
    Watch watch = stream.watch();
    List<SessionEnded> missed;
    synchronized (this) {
      requireRoom(watch);
      open.add(stream);
      bySession.computeIfAbsent(watch.session(), key -> new HashSet<>()).add(stream);
      byUser.computeIfAbsent(watch.user(), key -> new HashSet<>()).add(stream);
      byNetwork.merge(watch.network(), 1, Integer::sum);
      byRealm.merge(watch.realm(), 1, Integer::sum);
      missed = missed(watch, lastEventId);
    }
    metrics.opened();
    LOG.debugf("Stream opened: %s", watch);
    missed.forEach(message -> tell(stream, message, stream.events().ended(message)));
  }

  private void requireRoom(Watch watch) throws TooManyException {
    if (closed || open.size() >= settings.perNode()) {
      throw new TooManyException(Refusal.NODE);
    }
    if (size(bySession.get(watch.session())) >= settings.perSession()) {
      throw new TooManyException(Refusal.SESSION);
    }
    if (size(byUser.get(watch.user())) >= settings.perUser()) {
      throw new TooManyException(Refusal.USER);
    }
    if (byNetwork.getOrDefault(watch.network(), 0) >= settings.perIp()) {
      throw new TooManyException(Refusal.IP);
    }
  }

  private static int size(Collection<?> collection) {
    return collection == null ? 0 : collection.size();
  }

  private List<SessionEnded> missed(Watch watch, String lastEventId) {
    SessionEnded own = recent(watch.session(), watch.started());
    if (own != null) {
      return List.of(own);
    }
    if (!watch.allOfUser() || lastEventId == null || !recentById.containsKey(lastEventId)) {
      return List.of();
    }
    List<SessionEnded> missed = new ArrayList<>();
    boolean after = false;
    for (Map.Entry<String, SessionEnded> recent : recentById.entrySet()) {
      if (after && user(recent.getValue()).equals(watch.user()) && missed.size() < MOST_MISSED) {
        missed.add(recent.getValue());
      }
      after |= recent.getKey().equals(lastEventId);
    }
    return missed;
  }

  /** The session lives, as far as Keycloak knows after the stream was opened. */
  void ready(LogoutStream stream) {
    stream.send(stream.events().ready(stream.watch(), settings.heartbeat(), FIRST_RETRY));
  }

  /** The reader has gone, or has had the last event. */
  void gone(LogoutStream stream) {
    close(stream, Closing.CLIENT);
  }

  /**
   * A session has ended.
   *
   * @return whether it was news
   */
  boolean tell(SessionEnded message) {
    Set<LogoutStream> concerned = new LinkedHashSet<>();
    synchronized (this) {
      if (recentById.putIfAbsent(message.id(), message) != null) {
        return false;
      }
      recentBySession.put(session(message), message);
      concerned.addAll(bySession.getOrDefault(session(message), Set.of()));
      for (LogoutStream stream : byUser.getOrDefault(user(message), Set.of())) {
        if (stream.watch().allOfUser()) {
          concerned.add(stream);
        }
      }
    }
    if (!concerned.isEmpty()) {
      OutboundSseEvent event = concerned.iterator().next().events().ended(message);
      concerned.forEach(stream -> tell(stream, message, event));
    }
    return true;
  }

  private void tell(LogoutStream stream, SessionEnded message, OutboundSseEvent event) {
    if (message.time().getEpochSecond() < stream.watch().started()
        && session(message).equals(stream.watch().session())) {
      return;
    }
    boolean told = true;
    if (session(message).equals(stream.watch().session())) {
      told = end(stream, event);
    } else if (!stream.send(event)) {
      drop(stream);
    }
    if (told) {
      metrics.pushed(Duration.between(message.time(), Instant.now()));
      LOG.debugf(
          "Stream told: %s ended=%s reason=%s",
          stream.watch(), message.sid(), message.reason().wireName());
    }
  }

  /** What was said of the session when it ended a moment ago; {@code null} if nothing was. */
  synchronized SessionEnded recent(Watch.Session session) {
    return recentBySession.get(session);
  }

  /**
   * As {@link #recent(Watch.Session)}, of a session that Keycloak may begin again under the same
   * id.
   *
   * @param started when the session that is meant began, in seconds since the epoch
   */
  synchronized SessionEnded recent(Watch.Session session, int started) {
    SessionEnded message = recent(session);
    return message != null && message.time().getEpochSecond() > started ? message : null;
  }

  /** Keycloak no longer knows the session of these streams, or no longer takes it for good. */
  void tellWithoutMessage(Watch.Session session, Reason reason, Initiator initiator) {
    List<LogoutStream> concerned;
    synchronized (this) {
      concerned = List.copyOf(bySession.getOrDefault(session, Set.of()));
    }
    for (LogoutStream stream : concerned) {
      if (end(stream, stream.events().ended(session, reason, initiator, Instant.now()))) {
        metrics.pushed(Duration.ofNanos(-1));
        LOG.debugf("Stream told: %s reason=%s", stream.watch(), reason.wireName());
      }
    }
  }

  private boolean end(LogoutStream stream, OutboundSseEvent last) {
    // First, as its completion is told to gone() as well.
    close(stream, Closing.ENDED);
    return stream.complete(last);
  }

  /**
   * Remembers when a session will be over if nobody uses it.
   *
   * @param at in milliseconds since the epoch
   */
  synchronized void expires(Watch.Session session, long at) {
    if (bySession.containsKey(session)) {
      expiries.put(session, at);
    }
  }

  /** The sessions that should be over by now; each is named once. */
  synchronized Set<Watch.Session> expired(long now) {
    Set<Watch.Session> due = new HashSet<>();
    expiries.forEach(
        (session, at) -> {
          if (at <= now) {
            due.add(session);
          }
        });
    expiries.keySet().removeAll(due);
    return due;
  }

  /** The sessions that a stream is open for. */
  synchronized Set<Watch.Session> sessions() {
    return Set.copyOf(bySession.keySet());
  }

  /** The sessions of a realm that a stream is open for. */
  synchronized Set<Watch.Session> sessions(String realm) {
    Set<Watch.Session> ofRealm = new HashSet<>(bySession.keySet());
    ofRealm.removeIf(session -> !session.realm().equals(realm));
    return ofRealm;
  }

  /** The names of the realms that have streams. */
  synchronized Set<String> realms() {
    return new TreeSet<>(byRealm.keySet());
  }

  synchronized int size() {
    return open.size();
  }

  /**
   * Shows a sign of life to the streams, and ends those that are too old or whose readers do not
   * read. To be called once in each heartbeat.
   */
  void beat() {
    List<LogoutStream> all;
    synchronized (this) {
      all = List.copyOf(open);
    }
    for (LogoutStream stream : all) {
      if (stream.age() > settings.lifetime().toNanos()) {
        close(stream, Closing.LIFETIME);
        stream.complete(stream.events().bye(FIRST_RETRY));
      } else if (!stream.beat()) {
        drop(stream);
      }
    }
  }

  private void drop(LogoutStream stream) {
    LOG.debugf("Stream dropped: %s", stream.watch());
    close(stream, Closing.SLOW);
    stream.drop();
  }

  /** Ends all streams because the server stops. */
  void shutDown() {
    List<LogoutStream> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(open);
    }
    for (LogoutStream stream : all) {
      long spread =
          ThreadLocalRandom.current()
              .nextLong(FIRST_RETRY.toMillis(), settings.byeSpread().toMillis() + 1);
      close(stream, Closing.SHUTDOWN);
      stream.complete(stream.events().bye(Duration.ofMillis(spread)));
    }
  }

  private void close(LogoutStream stream, Closing reason) {
    Watch watch = stream.watch();
    synchronized (this) {
      if (!open.remove(stream)) {
        return;
      }
      remove(bySession, watch.session(), stream);
      if (!bySession.containsKey(watch.session())) {
        expiries.remove(watch.session());
      }
      remove(byUser, watch.user(), stream);
      byNetwork.computeIfPresent(watch.network(), (key, count) -> count == 1 ? null : count - 1);
      byRealm.computeIfPresent(watch.realm(), (key, count) -> count == 1 ? null : count - 1);
    }
    metrics.closed(reason, stream.age());
    LOG.debugf("Stream closed: %s reason=%s", watch, StreamMetrics.tag(reason));
  }

  private static <K> void remove(Map<K, Set<LogoutStream>> streams, K key, LogoutStream stream) {
    Set<LogoutStream> rest = streams.get(key);
    rest.remove(stream);
    if (rest.isEmpty()) {
      streams.remove(key);
    }
  }

  private static Watch.Session session(SessionEnded message) {
    return new Watch.Session(message.realm(), message.sid(), message.offline());
  }

  private static Watch.User user(SessionEnded message) {
    return new Watch.User(message.realm(), message.sub());
  }
}
