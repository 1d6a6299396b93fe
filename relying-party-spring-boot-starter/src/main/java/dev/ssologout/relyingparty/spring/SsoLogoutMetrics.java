package dev.ssologout.relyingparty.spring;

import dev.ssologout.relyingparty.EndedSessions;
import dev.ssologout.relyingparty.Refusal;
import dev.ssologout.relyingparty.SubscriptionStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** What has become of the messages, as meters. */
final class SsoLogoutMetrics implements MeterBinder {
  private final LogoutSubscriptions subscriptions;
  private final EndedSessions endedSessions;

  /** Either may be {@code null} where the app has no such part. */
  SsoLogoutMetrics(LogoutSubscriptions subscriptions, EndedSessions endedSessions) {
    this.subscriptions = subscriptions;
    this.endedSessions = endedSessions;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    if (subscriptions != null) {
      messages(registry, "handled", SubscriptionStatus::handled);
      messages(registry, "repeated", SubscriptionStatus::repeated);
      messages(registry, "retried", SubscriptionStatus::retried);
      messages(registry, "set_aside", SubscriptionStatus::setAside);
      for (Refusal refusal : Refusal.values()) {
        FunctionCounter.builder(
                "sso.logout.refused",
                subscriptions,
                all -> sum(all, status -> status.refused().getOrDefault(refusal, 0L)))
            .tag("reason", refusal.name().toLowerCase(Locale.ROOT))
            .description("Messages that were not to be believed")
            .register(registry);
      }
      FunctionCounter.builder(
              "sso.logout.gaps", subscriptions, all -> sum(all, SubscriptionStatus::gaps))
          .description("Places where messages may be missing")
          .register(registry);
      Gauge.builder(
              "sso.logout.connected",
              subscriptions,
              all -> all.status().values().stream().allMatch(SubscriptionStatus::connected) ? 1 : 0)
          .description("Whether ended SSO sessions are read from Redis")
          .register(registry);
      TimeGauge.builder(
              "sso.logout.delay", subscriptions, TimeUnit.MILLISECONDS, SsoLogoutMetrics::delay)
          .description("From the end of the SSO session last handled until then")
          .register(registry);
    }
    if (endedSessions != null) {
      FunctionCounter.builder(
              "sso.logout.tokens.refused", endedSessions, each -> each.status().refused())
          .description("Access tokens whose session was over")
          .register(registry);
      FunctionCounter.builder(
              "sso.logout.tokens.unanswered", endedSessions, each -> each.status().unanswered())
          .description("Access tokens that Redis could not be asked about")
          .register(registry);
    }
  }

  private void messages(
      MeterRegistry registry, String outcome, ToLongFunction<SubscriptionStatus> count) {
    FunctionCounter.builder("sso.logout.messages", subscriptions, all -> sum(all, count))
        .tag("outcome", outcome)
        .description("Messages about ended SSO sessions")
        .register(registry);
  }

  private static double sum(LogoutSubscriptions all, ToLongFunction<SubscriptionStatus> count) {
    return all.status().values().stream().mapToLong(count).sum();
  }

  private static double delay(LogoutSubscriptions all) {
    return all.status().values().stream()
        .filter(status -> status.lastDelay() != null)
        .mapToLong(status -> status.lastDelay().toMillis())
        .max()
        .orElse(0);
  }
}
