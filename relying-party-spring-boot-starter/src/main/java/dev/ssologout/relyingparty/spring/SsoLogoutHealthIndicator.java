package dev.ssologout.relyingparty.spring;

import dev.ssologout.relyingparty.EndedSessions;
import dev.ssologout.relyingparty.SubscriptionStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Says whether ended SSO sessions are heard of. Where they are not, the status is {@code UNKNOWN},
 * which Spring Boot answers with 200: the app serves its users as before, and nothing is gained by
 * restarting it or by taking it out of service, which would be done to all instances at once.
 */
final class SsoLogoutHealthIndicator extends AbstractHealthIndicator {
  private final LogoutSubscriptions subscriptions;
  private final BackChannelLogouts logouts;
  private final EndedSessions endedSessions;

  /** Each may be {@code null} where the app has no such part. */
  SsoLogoutHealthIndicator(
      LogoutSubscriptions subscriptions, BackChannelLogouts logouts, EndedSessions endedSessions) {
    super("Whether ended SSO sessions are heard of cannot be said");
    this.subscriptions = subscriptions;
    this.logouts = logouts;
    this.endedSessions = endedSessions;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) {
    health.up();
    if (subscriptions != null) {
      subscriptions.status().forEach((name, status) -> add(health, name, status));
    }
    if (logouts != null && logouts.isUsed()) {
      add(health, logouts);
    }
    if (endedSessions != null) {
      add(health, endedSessions.status());
    }
  }

  private static void add(Health.Builder health, BackChannelLogouts logouts) {
    String problem = logouts.problem();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("connected", problem == null);
    if (problem != null) {
      details.put("problem", problem);
      health.unknown();
    }
    health.withDetail("backChannel", details);
  }

  private static void add(Health.Builder health, String name, SubscriptionStatus status) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("connected", status.connected());
    details.put("since", status.since().toString());
    if (status.problem() != null) {
      details.put("problem", status.problem());
    }
    details.put("verifying", status.verifying());
    health.withDetail(name, details);
    if (!status.connected() || !status.verifying()) {
      health.unknown();
    }
  }

  private static void add(Health.Builder health, EndedSessions.Status status) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("connected", status.problem() == null);
    details.put("listening", status.listening());
    if (status.problem() != null) {
      details.put("problem", status.problem());
    }
    health.withDetail("endedSessions", details);
    if (status.problem() != null || !status.listening()) {
      health.unknown();
    }
  }
}
