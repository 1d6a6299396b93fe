package dev.ssologout.relyingparty.spring;

import dev.ssologout.relyingparty.LogoutSubscription;
import dev.ssologout.relyingparty.SubscriptionStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.context.SmartLifecycle;

/** The subscriptions of the app, by what they do; open for as long as the app serves requests. */
final class LogoutSubscriptions implements SmartLifecycle {
  private final Map<String, Supplier<LogoutSubscription>> starters;
  private volatile Map<String, LogoutSubscription> open = Map.of();

  LogoutSubscriptions(Map<String, Supplier<LogoutSubscription>> starters) {
    this.starters = starters;
  }

  /** How each stands. */
  Map<String, SubscriptionStatus> status() {
    return open.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().status()));
  }

  @Override
  public synchronized void start() {
    if (!isRunning()) {
      open =
          starters.entrySet().stream()
              .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().get()));
    }
  }

  @Override
  public synchronized void stop() {
    List<LogoutSubscription> closing = new ArrayList<>(open.values());
    open = Map.of();
    closing.forEach(LogoutSubscription::close);
  }

  @Override
  public boolean isRunning() {
    return !open.isEmpty();
  }
}
