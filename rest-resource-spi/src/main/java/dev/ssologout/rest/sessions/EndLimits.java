package dev.ssologout.rest.sessions;

import dev.ssologout.rest.ClientAddress;
import dev.ssologout.rest.RateLimiter;
import org.keycloak.models.KeycloakSession;

/** How often sessions may be ended: each call counts for its address and for its user. */
record EndLimits(RateLimiter perUser, RateLimiter perAddress) {

  /** To be called before anything else, so that wrong tokens count too. */
  void countAddress(KeycloakSession session) {
    perAddress.take(session, ClientAddress.network(session));
  }

  void countUser(KeycloakSession session, String userId) {
    perUser.take(session, userId);
  }
}
