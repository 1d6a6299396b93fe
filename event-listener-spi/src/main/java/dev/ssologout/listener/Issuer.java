package dev.ssologout.listener;

import java.net.URI;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.services.Urls;
import org.keycloak.urls.UrlType;

/** The issuer of a realm's tokens. */
final class Issuer {
  private Issuer() {}

  /**
   * By the host name that Keycloak is configured for or that the current request came in by; where
   * there is neither, the path alone, which is a URI-reference as CloudEvents allows.
   */
  static URI of(KeycloakSession session, RealmModel realm) {
    try {
      return URI.create(
          Urls.realmIssuer(
              session.getContext().getUri(UrlType.FRONTEND).getBaseUri(), realm.getName()));
    } catch (RuntimeException e) {
      // Outside a request Keycloak has no URI to begin with unless a host name is configured, and
      // says so by whatever its JAX-RS throws.
      return URI.create(Urls.realmIssuer(URI.create("/"), realm.getName()));
    }
  }
}
