package dev.ssologout.demo.relyingparty;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.relyingparty.LogoutSubscription;
import dev.ssologout.relyingparty.spring.SsoLogoutRedis;
import java.time.Duration;
import java.util.Optional;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * What ended lately, and why. Ending the HTTP sessions is the starter's part; this is for what
 * people see: the pages and the audit log.
 */
@Component
final class EndedSessions implements SmartLifecycle {
  private static final int MOST = 10_000;

  private final AppSettings settings;
  private final SsoLogoutRedis redis;
  private final EventStreams streams;
  private final AuditLog audit;
  private final Cache<String, EndedSession> lately =
      Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(Duration.ofHours(1)).build();
  private volatile LogoutSubscription subscription;

  EndedSessions(AppSettings settings, SsoLogoutRedis redis, EventStreams streams, AuditLog audit) {
    this.settings = settings;
    this.redis = redis;
    this.streams = streams;
    this.audit = audit;
  }

  /** How a session ended, if this instance has heard of it. */
  Optional<EndedSession> find(String sid) {
    return sid == null ? Optional.empty() : Optional.ofNullable(lately.getIfPresent(sid));
  }

  private void ended(SessionEnded message) {
    if (message.offline()) {
      return;
    }
    EndedSession ended = EndedSession.of(message);
    lately.put(ended.sid(), ended);
    streams.ended(ended);
    audit.sessionEnded(ended);
  }

  @Override
  public void start() {
    subscription =
        LogoutSubscription.builder()
            .redis(redis)
            .issuer(settings.issuer().toString())
            .clientId(settings.clientId())
            .everyInstanceHears()
            .lookBack(Duration.ofSeconds(1))
            .onSessionEnded(this::ended)
            .start();
  }

  @Override
  public void stop() {
    LogoutSubscription closing = subscription;
    subscription = null;
    closing.close();
  }

  @Override
  public boolean isRunning() {
    return subscription != null;
  }
}
