package dev.ssologout.relyingparty.spring;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * HTTP sessions in the server's memory. Each carries an attribute that reports it here, also when
 * the server brings it back from disk after a restart, and takes it away with its end.
 */
final class MemorySessions implements AppSessions {
  private final Map<String, Set<Bound>> bySid = new ConcurrentHashMap<>();

  /** Lets sessions that the server brings back find this. */
  void register(ServletContext context) {
    context.setAttribute(MemorySessions.class.getName(), this);
  }

  @Override
  public void add(HttpSession session, SignedIn signedIn, Runnable noted) {
    boolean known =
        session.getAttribute(Bound.class.getName()) instanceof Bound bound
            && bound.signedIn.sid().equals(signedIn.sid());
    if (!known) {
      session.setAttribute(Bound.class.getName(), new Bound(signedIn));
      noted.run();
    }
  }

  @Override
  public void endSession(String sid, long endedAt) {
    end(List.copyOf(bySid.getOrDefault(sid, Set.of())), endedAt);
  }

  @Override
  public void endUser(String sub, long endedAt) {
    Predicate<Bound> isOfUser = bound -> bound.signedIn.sub().equals(sub);
    end(bySid.values().stream().flatMap(Set::stream).filter(isOfUser).toList(), endedAt);
  }

  @Override
  public void forget(String sessionId) {
    // The attribute goes with its session.
  }

  private static void end(List<Bound> sessions, long endedAt) {
    for (Bound bound : sessions) {
      if (bound.signedIn.isEndedBy(endedAt)) {
        bound.end();
      }
    }
  }

  private void bind(Bound bound) {
    bySid.compute(
        bound.signedIn.sid(),
        (sid, sessions) -> {
          Set<Bound> all = sessions == null ? ConcurrentHashMap.newKeySet() : sessions;
          all.add(bound);
          return all;
        });
  }

  private void unbind(Bound bound) {
    bySid.computeIfPresent(
        bound.signedIn.sid(),
        (sid, sessions) -> {
          sessions.remove(bound);
          return sessions.isEmpty() ? null : sessions;
        });
  }

  private static final class Bound
      implements HttpSessionBindingListener, HttpSessionActivationListener, Serializable {
    private static final long serialVersionUID = 1L;

    private final SignedIn signedIn;
    private transient volatile HttpSession session;

    Bound(SignedIn signedIn) {
      this.signedIn = signedIn;
    }

    void end() {
      try {
        session.invalidate();
      } catch (IllegalStateException e) {
        // It has ended in the meantime.
      }
    }

    @Override
    public void valueBound(HttpSessionBindingEvent event) {
      bind(event.getSession());
    }

    @Override
    public void sessionDidActivate(HttpSessionEvent event) {
      bind(event.getSession());
    }

    @Override
    public void valueUnbound(HttpSessionBindingEvent event) {
      MemorySessions sessions = of(event.getSession());
      if (sessions != null) {
        sessions.unbind(this);
      }
    }

    private void bind(HttpSession of) {
      session = of;
      MemorySessions sessions = of(of);
      if (sessions != null) {
        sessions.bind(this);
      }
    }

    private static MemorySessions of(HttpSession session) {
      return (MemorySessions)
          session.getServletContext().getAttribute(MemorySessions.class.getName());
    }
  }
}
