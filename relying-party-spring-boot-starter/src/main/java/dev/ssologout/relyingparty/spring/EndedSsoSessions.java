package dev.ssologout.relyingparty.spring;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.relyingparty.SessionEndedHandler;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.util.stream.Stream;
import org.springframework.context.event.EventListener;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Brings together who signs in and which SSO sessions end.
 *
 * <p>A session may end while its user is still on the way from Keycloak to the app, and then the
 * message comes first. So what ended lately is remembered, and whoever signs in by it is signed out
 * again.
 */
final class EndedSsoSessions implements SessionEndedHandler {
  private static final Duration ON_THE_WAY = Duration.ofMinutes(10);
  private static final int MOST_ON_THE_WAY = 100_000;

  private final String registrationId;
  private final AppSessions sessions;
  private final OpenConnections connections;
  private final Cache<String, Long> lately = onTheWay();
  private final Cache<String, Long> latelyByUser = onTheWay();

  EndedSsoSessions(String registrationId, AppSessions sessions, OpenConnections connections) {
    this.registrationId = registrationId;
    this.sessions = sessions;
    this.connections = connections;
  }

  private static Cache<String, Long> onTheWay() {
    return Caffeine.newBuilder().maximumSize(MOST_ON_THE_WAY).expireAfterWrite(ON_THE_WAY).build();
  }

  @Override
  public void sessionEnded(SessionEnded ended) {
    if (ended.offline()) {
      // The app's users are signed in by the online session of this sid, which has its own end.
      return;
    }
    endSession(ended.sid(), ended.time().getEpochSecond());
  }

  /**
   * Ends what this instance can end of an SSO session.
   *
   * @param endedAt in seconds since the epoch
   */
  void endSession(String sid, long endedAt) {
    lately.asMap().merge(sid, endedAt, Math::max);
    connections.endSession(sid, endedAt);
    sessions.endSession(sid, endedAt);
  }

  /** Ends what this instance can end of all SSO sessions of a user. */
  void endUser(String sub, long endedAt) {
    latelyByUser.asMap().merge(sub, endedAt, Math::max);
    connections.endUser(sub, endedAt);
    sessions.endUser(sub, endedAt);
  }

  /** Ends the HTTP sessions alone. */
  void endStored(SessionEnded ended) {
    if (!ended.offline()) {
      sessions.endSession(ended.sid(), ended.time().getEpochSecond());
    }
  }

  @EventListener
  void signedIn(InteractiveAuthenticationSuccessEvent event) {
    if (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes current) {
      seen(current.getRequest(), SignedIn.of(event.getAuthentication(), registrationId));
    }
  }

  /**
   * A request of a user who is signed in, perhaps since before we were here.
   *
   * @param signedIn {@code null} for others
   */
  void seen(HttpServletRequest request, SignedIn signedIn) {
    HttpSession session = request.getSession(false);
    if (signedIn == null || session == null) {
      return;
    }
    try {
      sessions.add(session, signedIn, () -> endIfEndedLately(signedIn));
    } catch (IllegalStateException e) {
      // It has just ended.
    }
  }

  private void endIfEndedLately(SignedIn signedIn) {
    Long endedAt = endedLately(signedIn);
    if (endedAt != null) {
      sessions.endSession(signedIn.sid(), endedAt);
    }
  }

  /** When the session or all sessions of the user ended; {@code null} if it is none of those. */
  private Long endedLately(SignedIn signedIn) {
    return Stream.of(lately.getIfPresent(signedIn.sid()), latelyByUser.getIfPresent(signedIn.sub()))
        .filter(endedAt -> endedAt != null && signedIn.isEndedBy(endedAt))
        .findFirst()
        .orElse(null);
  }

  /** A connection of a user was opened; see {@link OpenConnections#add}. */
  void opened(SignedIn signedIn, Object connection, OpenConnections.Closer closer) {
    connections.add(signedIn, connection, closer);
    Long endedAt = endedLately(signedIn);
    if (endedAt != null) {
      connections.endSession(signedIn.sid(), endedAt);
    }
  }

  /** A connection is gone by itself. */
  void closed(SignedIn signedIn, Object connection) {
    connections.remove(signedIn, connection);
  }

  String registrationId() {
    return registrationId;
  }
}
