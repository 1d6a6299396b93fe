package dev.ssologout.demo.relyingparty;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.springframework.context.event.EventListener;
import org.springframework.data.redis.core.Cursor;
import org.springframework.data.redis.core.ScanOptions;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.session.SessionRepository;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Who is signed in at the app, on whichever replica, by their HTTP sessions. */
@Component
final class SignedInUsers {
  private static final int MOST_SHOWN = 100;
  private static final Duration STORED_WITHIN = Duration.ofMinutes(1);

  private final StringRedisTemplate redis;
  private final SessionRepository<?> sessions;
  private final AuditLog audit;
  private final String key;

  /**
   * A sign-in as others may see it.
   *
   * @param own whether it is the caller's
   */
  record SignIn(String name, Instant since, boolean own) {}

  SignedInUsers(
      StringRedisTemplate redis,
      SessionRepository<?> sessions,
      AuditLog audit,
      AppSettings settings) {
    this.redis = redis;
    this.sessions = sessions;
    this.audit = audit;
    this.key = "demo:" + settings.clientId() + ":signed-in";
  }

  @EventListener
  void signedIn(InteractiveAuthenticationSuccessEvent event) {
    if (event.getAuthentication().getPrincipal() instanceof OidcUser user
        && RequestContextHolder.getRequestAttributes()
            instanceof ServletRequestAttributes attributes) {
      HttpServletRequest request = attributes.getRequest();
      audit.signedIn(request, user.getClaimAsString("sid"), user.getSubject());
      redis.opsForHash().put(key, request.getSession().getId(), Instant.now() + " " + name(user));
    }
  }

  static String name(OidcUser user) {
    return user.getFullName() != null ? user.getFullName() : user.getPreferredUsername();
  }

  /** Newest first; at most {@value #MOST_SHOWN}. */
  List<SignIn> list(String ownSessionId) {
    List<SignIn> found = new ArrayList<>();
    List<Object> gone = new ArrayList<>();
    try (Cursor<Map.Entry<Object, Object>> entries =
        redis.opsForHash().scan(key, ScanOptions.scanOptions().count(MOST_SHOWN).build())) {
      while (entries.hasNext() && found.size() < MOST_SHOWN) {
        Map.Entry<Object, Object> entry = entries.next();
        String sessionId = (String) entry.getKey();
        String[] value = ((String) entry.getValue()).split(" ", 2);
        if (sessions.findById(sessionId) == null) {
          // A session is stored only when its request ends.
          if (Instant.parse(value[0]).isBefore(Instant.now().minus(STORED_WITHIN))) {
            gone.add(sessionId);
          }
          continue;
        }
        found.add(new SignIn(value[1], Instant.parse(value[0]), sessionId.equals(ownSessionId)));
      }
    }
    if (!gone.isEmpty()) {
      redis.opsForHash().delete(key, gone.toArray());
    }
    found.sort(Comparator.comparing(SignIn::since).reversed());
    return found;
  }
}
