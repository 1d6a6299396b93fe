package dev.ssologout.demo.relyingparty;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets an address do only so much in a minute. Each replica counts for itself, so that a limit does
 * not hang on Redis. Keycloak's logout tokens are not limited: to refuse one would leave a session
 * behind.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
final class RateLimitFilter extends OncePerRequestFilter {
  private static final int MOST_ADDRESSES = 100_000;
  private static final Duration PERIOD = Duration.ofMinutes(1);

  private final Cache<String, Bucket> signIns = buckets();
  private final Cache<String, Bucket> calls = buckets();
  private final AppSettings settings;
  private final AuditLog audit;

  RateLimitFilter(AppSettings settings, AuditLog audit) {
    this.settings = settings;
    this.audit = audit;
  }

  private static Cache<String, Bucket> buckets() {
    return Caffeine.newBuilder().maximumSize(MOST_ADDRESSES).expireAfterAccess(PERIOD).build();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String path = request.getRequestURI();
    if (path.startsWith("/auth/login/")) {
      limit(signIns, settings.signInsPerMinute(), request, response, chain);
    } else if (path.startsWith("/api/")) {
      limit(calls, settings.requestsPerMinute(), request, response, chain);
    } else {
      chain.doFilter(request, response);
    }
  }

  private void limit(
      Cache<String, Bucket> buckets,
      int most,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws ServletException, IOException {
    ConsumptionProbe probe =
        buckets
            .get(
                request.getRemoteAddr(),
                address ->
                    Bucket.builder()
                        .addLimit(limit -> limit.capacity(most).refillGreedy(most, PERIOD))
                        .build())
            .tryConsumeAndReturnRemaining(1);
    if (probe.isConsumed()) {
      chain.doFilter(request, response);
      return;
    }
    audit.rateLimited(request);
    long seconds = TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill()) + 1;
    response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    Problem.write(response, HttpStatus.TOO_MANY_REQUESTS, "Try again in " + seconds + " seconds");
  }
}
