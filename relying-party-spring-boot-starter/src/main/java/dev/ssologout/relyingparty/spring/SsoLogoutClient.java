package dev.ssologout.relyingparty.spring;

import dev.ssologout.relyingparty.LogoutSubscription;
import java.util.List;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.ClaimAccessor;

/** The client that users sign in with, as far as it matters here. */
final class SsoLogoutClient {
  private final ClientRegistration registration;
  private final SsoLogoutProperties properties;

  SsoLogoutClient(ClientRegistration registration, SsoLogoutProperties properties) {
    this.registration = registration;
    this.properties = properties;
  }

  String registrationId() {
    return registration.getRegistrationId();
  }

  String clientId() {
    return registration.getClientId();
  }

  /** A subscription to what ends for the client. */
  LogoutSubscription.Builder subscription(SsoLogoutRedis redis) {
    LogoutSubscription.Builder subscription =
        LogoutSubscription.builder()
            .redis(redis)
            .issuer(issuer())
            .clientId(clientId())
            .prefix(properties.prefix());
    if (properties.realm() != null) {
      subscription.realm(properties.realm());
    }
    if (registration.getProviderDetails().getJwkSetUri() != null) {
      subscription.jwkSetUri(registration.getProviderDetails().getJwkSetUri());
    }
    return properties.verify() ? subscription : subscription.withoutVerification();
  }

  /** Whether a token of OpenID Connect is of the client's issuer and for the client. */
  boolean isRecipient(ClaimAccessor token) {
    List<String> audience = token.getClaimAsStringList("aud");
    return issuer().equals(token.getClaimAsString("iss"))
        && audience != null
        && audience.contains(clientId());
  }

  private String issuer() {
    if (properties.issuer() != null) {
      return properties.issuer();
    }
    String issuer = registration.getProviderDetails().getIssuerUri();
    if (issuer == null) {
      throw new IllegalArgumentException(
          "sso-logout.issuer: is needed, as the client registration "
              + registrationId()
              + " has no issuer-uri");
    }
    return issuer;
  }
}
