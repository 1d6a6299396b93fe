package dev.ssologout.relyingparty;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * How a subscription stands, and what has become of the messages since it was started.
 *
 * @param connected whether the last attempt to read from Redis succeeded
 * @param since when that became so
 * @param problem why it is not connected; {@code null} if it is
 * @param verifying whether the issuer's keys can be had; if not, messages wait
 * @param handled how many messages the handler has taken
 * @param repeated how many came again, and were dropped
 * @param refused how many were not to be believed, by reason
 * @param retried how often the handler was to be called again
 * @param setAside how many messages the handler failed at every attempt
 * @param gaps how many gaps were found
 * @param lastDelay from the end of the session last handled until then; {@code null} before the
 *     first
 */
public record SubscriptionStatus(
    boolean connected,
    Instant since,
    String problem,
    boolean verifying,
    long handled,
    long repeated,
    Map<Refusal, Long> refused,
    long retried,
    long setAside,
    long gaps,
    Duration lastDelay) {}
