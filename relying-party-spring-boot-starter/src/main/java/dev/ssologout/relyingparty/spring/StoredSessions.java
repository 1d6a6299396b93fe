package dev.ssologout.relyingparty.spring;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.session.SessionRepository;

/**
 * HTTP sessions in a store that all instances share, whichever it is. Which of them rest on which
 * SSO session is kept in the app's own Redis, without a token or a claim beside {@code sid}, {@code
 * sub} and {@code iat}.
 */
final class StoredSessions implements AppSessions, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoredSessions.class);
  private static final int MOST_NOTED = 100_000;
  private static final int MOST_WAITING = 10_000;

  private final SessionRepository<?> repository;
  private final StringRedisTemplate redis;
  private final String prefix;
  private final Duration lifetime;
  private final Cache<String, String> noted =
      Caffeine.newBuilder()
          .maximumSize(MOST_NOTED)
          // From time to time anew, so that it does not expire while the session goes on.
          .expireAfterWrite(Duration.ofHours(1))
          .build();
  private final ThreadPoolExecutor noting =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(MOST_WAITING),
          work -> {
            Thread thread = new Thread(work, "sso-logout notes sessions");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param lifetime the longest that a session can live
   */
  StoredSessions(
      SessionRepository<?> repository,
      StringRedisTemplate redis,
      String clientId,
      Duration lifetime) {
    this.repository = repository;
    this.redis = redis;
    this.prefix = prefix(clientId);
    this.lifetime = lifetime;
  }

  /** What the keys of the client's apps begin with in their own Redis. */
  static String prefix(String clientId) {
    return "sso-logout-sessions:" + clientId + ":";
  }

  private String sidKey(String sid) {
    return prefix + "sid:" + sid;
  }

  private String subKey(String sub) {
    return prefix + "sub:" + sub;
  }

  private String idKey(String sessionId) {
    return prefix + "id:" + sessionId;
  }

  @Override
  public void add(HttpSession session, SignedIn signedIn, Runnable done) {
    String sessionId = session.getId();
    if (noted.asMap().putIfAbsent(sessionId, signedIn.sid()) != null) {
      return;
    }
    // Not in the request, which would wait for a Redis that does not answer.
    try {
      noting.execute(
          () -> {
            try {
              add(sessionId, signedIn);
              done.run();
            } catch (RuntimeException e) {
              tryAgain(sessionId, e);
            }
          });
    } catch (RejectedExecutionException e) {
      tryAgain(sessionId, e);
    }
  }

  /** With the next request. */
  private void tryAgain(String sessionId, RuntimeException e) {
    noted.invalidate(sessionId);
    LOG.warn("An HTTP session could not be noted under its SSO session yet: {}", e.getMessage());
  }

  private void add(String sessionId, SignedIn signedIn) {
    String issuedAt = Long.toString(signedIn.issuedAt());
    for (String key : new String[] {sidKey(signedIn.sid()), subKey(signedIn.sub())}) {
      redis.opsForHash().put(key, sessionId, issuedAt);
      redis.expire(key, lifetime);
    }
    String id = idKey(sessionId);
    redis.opsForHash().putAll(id, Map.of("sid", signedIn.sid(), "sub", signedIn.sub()));
    redis.expire(id, lifetime);
  }

  @Override
  public void endSession(String sid, long endedAt) {
    end(sidKey(sid), endedAt);
  }

  @Override
  public void endUser(String sub, long endedAt) {
    end(subKey(sub), endedAt);
  }

  private void end(String key, long endedAt) {
    Map<String, String> sessions = redis.<String, String>opsForHash().entries(key);
    sessions.forEach(
        (sessionId, issuedAt) -> {
          if (Long.parseLong(issuedAt) <= endedAt) {
            repository.deleteById(sessionId);
            // Last: should the store fail, this is tried again.
            forget(sessionId);
          }
        });
  }

  @Override
  public void forget(String sessionId) {
    Map<String, String> of = redis.<String, String>opsForHash().entries(idKey(sessionId));
    if (!of.isEmpty()) {
      redis.opsForHash().delete(sidKey(of.get("sid")), sessionId);
      redis.opsForHash().delete(subKey(of.get("sub")), sessionId);
      redis.delete(idKey(sessionId));
    }
  }

  @Override
  public void close() {
    noting.shutdown();
  }
}
