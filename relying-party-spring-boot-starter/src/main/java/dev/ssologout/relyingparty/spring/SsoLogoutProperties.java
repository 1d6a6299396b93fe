package dev.ssologout.relyingparty.spring;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.relyingparty.EndedSessions.WhenUnreachable;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be told of how ended SSO sessions are heard.
 *
 * @param enabled Whether to hear of ended SSO sessions at all.
 * @param registrationId The OAuth2 client registration whose sessions end. Needed where there are
 *     several that sign users in.
 * @param issuer The issuer of the realm, as the iss claim of its tokens has it. By default the
 *     issuer of the client registration, or of the resource server.
 * @param realm The realm's name. By default what stands in the issuer behind /realms/.
 * @param prefix What every Redis name begins with, if Keycloak was told another prefix.
 * @param verify Whether a message is believed only with a logout token that the issuer has signed.
 *     Switch it off only where Keycloak's logout-tokens are off.
 * @param instance A name of this instance that outlives its restarts, if its HTTP sessions do so in
 *     its memory or on its disk. It then hears of everything that ended while it was stopped.
 * @param lookBack How far back an instance hears that has no such name.
 * @param sessionLifetime The longest that an HTTP session can live, where these are in a store or
 *     outlive a restart.
 * @param redis Where Keycloak sends to, as far as it differs from spring.data.redis.
 * @param endedSessions How access tokens of ended sessions are refused.
 */
@ConfigurationProperties("sso-logout")
public record SsoLogoutProperties(
    @DefaultValue("true") boolean enabled,
    String registrationId,
    String issuer,
    String realm,
    @DefaultValue(LogoutNames.DEFAULT_PREFIX) String prefix,
    @DefaultValue("true") boolean verify,
    String instance,
    @DefaultValue("1h") Duration lookBack,
    @DefaultValue("30d") Duration sessionLifetime,
    @DefaultValue Redis redis,
    @DefaultValue EndedSessions endedSessions) {

  /**
   * Where Keycloak sends to, as far as it differs from {@code spring.data.redis}.
   *
   * @param url The Redis that Keycloak sends to, redis://user:password@host:port or rediss. By
   *     default the one of spring.data.redis.
   * @param username The ACL user that may read the client's messages. By default that of
   *     spring.data.redis.
   * @param password The password of that user.
   * @param connectTimeout How long to wait for a connection.
   * @param timeout How long to wait for an answer.
   */
  public record Redis(
      String url,
      String username,
      String password,
      @DefaultValue("1s") Duration connectTimeout,
      @DefaultValue("2s") Duration timeout) {

    /** Leaves the password out, and the URL, which may hold one. */
    @Override
    public String toString() {
      return "Redis[username=" + username + "]";
    }
  }

  /**
   * How access tokens of ended sessions are refused, in a resource server.
   *
   * @param enabled Whether an access token is refused once its session has ended.
   * @param whenUnreachable What to do while Redis does not answer: fail-open takes a token until it
   *     expires, fail-closed refuses every token.
   * @param cacheTime How long it is remembered that a session lives on.
   */
  public record EndedSessions(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("fail-open") WhenUnreachable whenUnreachable,
      @DefaultValue("10s") Duration cacheTime) {}
}
