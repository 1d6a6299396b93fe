package dev.ssologout.rest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ssologout.redis.RedisConnectionProvider;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.serialization.Mapper;
import io.github.bucket4j.redis.jedis.Bucket4jJedis;
import jakarta.ws.rs.core.HttpHeaders;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import redis.clients.jedis.UnifiedJedis;

/**
 * Lets each subject do something so many times within a period, counted over all nodes in Redis.
 * The allowance refills evenly. While Redis is away each node counts for itself, so that a request
 * never fails for it.
 */
public final class RateLimiter {
  private static final Logger LOG = Logger.getLogger(RateLimiter.class);
  private static final long WITHOUT_REDIS_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int MOST_SUBJECTS = 100_000;

  private final String name;
  private final BucketConfiguration allowance;
  private final Duration period;
  private final Cache<String, Bucket> local;

  private volatile Shared shared;
  private volatile long withoutRedisSince;
  private volatile boolean withoutRedis;

  private record Shared(UnifiedJedis redis, ProxyManager<String> buckets) {}

  /**
   * @param name unique among the limits, in lower case with hyphens
   * @param requests how many a subject may make at once, and within each period
   */
  public RateLimiter(String name, int requests, Duration period) {
    // With its size in the name, a limit that is configured anew begins anew.
    this.name = name + "-" + requests + "-" + period.toSeconds();
    this.period = period;
    this.allowance =
        BucketConfiguration.builder()
            .addLimit(limit -> limit.capacity(requests).refillGreedy(requests, period))
            .build();
    this.local = Caffeine.newBuilder().expireAfterAccess(period).maximumSize(MOST_SUBJECTS).build();
  }

  /**
   * Counts one request.
   *
   * @param subject a user's id, an address
   * @throws ProblemException 429 with {@code Retry-After} if the allowance is used up
   */
  public void take(KeycloakSession session, String subject) {
    String key =
        RedisNames.configured().limit(session.getContext().getRealm().getName(), name, subject);
    ConsumptionProbe probe = bucket(session, key);
    if (!probe.isConsumed()) {
      long seconds = TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill()) + 1;
      throw new ProblemException(
              ProblemType.TOO_MANY_REQUESTS, "Try again in " + seconds + " seconds")
          .header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    }
  }

  private ConsumptionProbe bucket(KeycloakSession session, String key) {
    if (!withoutRedis || System.nanoTime() - withoutRedisSince > WITHOUT_REDIS_NANOS) {
      try {
        ConsumptionProbe probe =
            shared(session)
                .buckets()
                .builder()
                .build(key, () -> allowance)
                .tryConsumeAndReturnRemaining(1);
        if (withoutRedis) {
          withoutRedis = false;
          LOG.infof("The limit %s is counted in Redis again", name);
        }
        return probe;
      } catch (RuntimeException e) {
        if (!withoutRedis) {
          LOG.warnf("The limit %s is counted on this node alone: %s", name, e.getMessage());
        }
        withoutRedisSince = System.nanoTime();
        withoutRedis = true;
      }
    }
    return local
        .get(key, k -> Bucket.builder().addLimit(allowance.getBandwidths()[0]).build())
        .tryConsumeAndReturnRemaining(1);
  }

  private Shared shared(KeycloakSession session) {
    UnifiedJedis redis = session.getProvider(RedisConnectionProvider.class).client();
    Shared current = shared;
    if (current == null || current.redis() != redis) {
      current =
          new Shared(
              redis,
              Bucket4jJedis.casBasedBuilder(redis)
                  .keyMapper(Mapper.STRING)
                  .expirationAfterWrite(
                      ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(period))
                  .build());
      shared = current;
    }
    return current;
  }
}
