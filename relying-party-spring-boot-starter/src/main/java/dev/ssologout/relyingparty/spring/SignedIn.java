package dev.ssologout.relyingparty.spring;

import java.io.Serializable;
import java.time.Instant;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;

/**
 * Who is signed in by which SSO session.
 *
 * @param sid the {@code sid} claim of the ID token
 * @param sub its {@code sub} claim
 * @param issuedAt its {@code iat} claim, in seconds since the epoch
 */
record SignedIn(String sid, String sub, long issuedAt) implements Serializable {

  /**
   * What an authentication says of it; {@code null} if it is none of the registration, or one whose
   * ID token names no session.
   */
  static SignedIn of(Authentication authentication, String registrationId) {
    if (authentication instanceof OAuth2AuthenticationToken token
        && token.getAuthorizedClientRegistrationId().equals(registrationId)) {
      return of(token.getPrincipal());
    }
    return null;
  }

  static SignedIn of(Object principal) {
    if (!(principal instanceof OidcUser user)) {
      return null;
    }
    String sid = user.getClaimAsString("sid");
    Instant issuedAt = user.getIssuedAt();
    return sid == null
        ? null
        : new SignedIn(sid, user.getSubject(), issuedAt == null ? 0 : issuedAt.getEpochSecond());
  }

  /** Whether an end at this time was its end: one who signed in later did so by another session. */
  boolean isEndedBy(long endedAt) {
    return issuedAt <= endedAt;
  }
}
