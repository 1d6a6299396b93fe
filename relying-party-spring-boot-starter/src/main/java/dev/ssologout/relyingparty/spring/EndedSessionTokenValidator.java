package dev.ssologout.relyingparty.spring;

import dev.ssologout.relyingparty.EndedSessions;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * Refuses an access token whose SSO session has ended. A resource server takes it by itself where
 * it is a bean; a decoder made by hand is given it by {@code setJwtValidator}.
 */
public final class EndedSessionTokenValidator implements OAuth2TokenValidator<Jwt> {
  private static final OAuth2TokenValidatorResult ENDED =
      OAuth2TokenValidatorResult.failure(
          new OAuth2Error(
              OAuth2ErrorCodes.INVALID_TOKEN,
              "The session has ended",
              "https://tools.ietf.org/html/rfc6750#section-3.1"));

  private final EndedSessions sessions;

  public EndedSessionTokenValidator(EndedSessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public OAuth2TokenValidatorResult validate(Jwt token) {
    return sessions.isOver(token.getClaimAsString("sid"), token.getIssuedAt())
        ? ENDED
        : OAuth2TokenValidatorResult.success();
  }
}
