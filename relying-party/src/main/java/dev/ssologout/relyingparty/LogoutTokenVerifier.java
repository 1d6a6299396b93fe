package dev.ssologout.relyingparty;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * Holds a message's logout token against OpenID Connect Back-Channel Logout 1.0 section 2.6, and
 * the message against its token, so that a message is believed only as far as the issuer has signed
 * it.
 */
final class LogoutTokenVerifier {
  private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";
  private static final JOSEObjectType TYPE = new JOSEObjectType("logout+jwt");

  private final URI issuer;
  private final String clientId;
  private final Set<JWSAlgorithm> algorithms;
  private final IssuerKeys keys;
  private final JWKSource<SecurityContext> secret;
  private final Duration clockSkew;

  /**
   * @param algorithms those that the issuer may sign with
   * @param clientSecret the key where these are HMAC algorithms; otherwise {@code null}
   */
  LogoutTokenVerifier(
      URI issuer,
      String clientId,
      Set<JWSAlgorithm> algorithms,
      String clientSecret,
      IssuerKeys keys,
      Duration clockSkew) {
    this.issuer = issuer;
    this.clientId = clientId;
    this.algorithms = algorithms;
    this.keys = keys;
    this.secret =
        clientSecret == null
            ? null
            : new ImmutableSecret<>(clientSecret.getBytes(StandardCharsets.UTF_8));
    this.clockSkew = clockSkew;
  }

  /**
   * Returns if the message may be believed.
   *
   * @throws RefusedMessageException if it may not
   * @throws KeysUnavailableException if that cannot be said now
   */
  void verify(SessionEnded message) throws RefusedMessageException, KeysUnavailableException {
    if (message.logoutToken() == null) {
      throw new RefusedMessageException(Refusal.NO_TOKEN, "it carries no logout token");
    }
    JWTClaimsSet claims = verifySignature(message.logoutToken());
    verifyRecipient(claims);
    verifyTimes(claims, message.time());
    verifyLogoutClaims(claims);
    if (!message.source().equals(issuer)
        || !message.sid().equals(claims.getClaim("sid"))
        || !message.sub().equals(claims.getSubject())) {
      throw new RefusedMessageException(
          Refusal.MISMATCH, "its logout token is about another session or user than itself");
    }
  }

  private JWTClaimsSet verifySignature(String token)
      throws RefusedMessageException, KeysUnavailableException {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      if (!algorithms.contains(jwt.getHeader().getAlgorithm())) {
        throw new RefusedMessageException(
            Refusal.SIGNATURE, "its logout token is signed by an algorithm that is not expected");
      }
      DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
      processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(TYPE));
      processor.setJWSKeySelector(
          new JWSVerificationKeySelector<>(algorithms, secret != null ? secret : keys.source()));
      // The claims are looked at below, each by its own reason.
      processor.setJWTClaimsSetVerifier((claims, context) -> {});
      return processor.process(jwt, null);
    } catch (KeySourceException e) {
      throw new KeysUnavailableException(
          "the keys of " + issuer + " cannot be had", e, !(e instanceof RateLimitReachedException));
    } catch (ParseException | BadJOSEException | JOSEException | RuntimeException e) {
      throw new RefusedMessageException(
          Refusal.SIGNATURE, "its logout token is not signed by the issuer");
    }
  }

  private void verifyRecipient(JWTClaimsSet claims) throws RefusedMessageException {
    if (!issuer.toString().equals(claims.getIssuer())) {
      throw new RefusedMessageException(Refusal.ISSUER, "its logout token is of another issuer");
    }
    if (!claims.getAudience().contains(clientId)) {
      throw new RefusedMessageException(Refusal.AUDIENCE, "its logout token is for another client");
    }
  }

  private void verifyTimes(JWTClaimsSet claims, Instant ended) throws RefusedMessageException {
    if (claims.getIssueTime() == null || claims.getExpirationTime() == null) {
      throw new RefusedMessageException(Refusal.CLAIMS, "its logout token lacks iat or exp");
    }
    Instant now = Instant.now();
    Instant issued = claims.getIssueTime().toInstant();
    if (issued.isAfter(now.plus(clockSkew))) {
      throw new RefusedMessageException(Refusal.TIME, "its logout token was issued in the future");
    }
    if (!claims.getExpirationTime().toInstant().isAfter(now.minus(clockSkew))) {
      throw new RefusedMessageException(Refusal.TIME, "its logout token has expired");
    }
    if (ended.isAfter(issued.plus(clockSkew))) {
      throw new RefusedMessageException(
          Refusal.MISMATCH, "the end that it tells of is later than its logout token");
    }
  }

  private static void verifyLogoutClaims(JWTClaimsSet claims) throws RefusedMessageException {
    boolean event =
        claims.getClaim("events") instanceof Map<?, ?> events
            && events.get(EVENT) instanceof Map<?, ?>;
    if (!event) {
      throw new RefusedMessageException(Refusal.CLAIMS, "its token is not one of a logout");
    }
    if (claims.getClaims().containsKey("nonce")) {
      throw new RefusedMessageException(Refusal.CLAIMS, "its logout token has a nonce");
    }
    if (claims.getJWTID() == null || claims.getJWTID().isBlank()) {
      throw new RefusedMessageException(Refusal.CLAIMS, "its logout token lacks jti");
    }
  }
}
