package dev.ssologout.rest.sessions;

import jakarta.ws.rs.NotAuthorizedException;
import java.util.List;
import java.util.Optional;
import org.keycloak.TokenVerifier;
import org.keycloak.common.VerificationException;
import org.keycloak.crypto.SignatureProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.representations.AccessToken;
import org.keycloak.services.Urls;
import org.keycloak.services.managers.AppAuthManager;
import org.keycloak.util.TokenUtil;

/**
 * An access token that would be good if its session had not ended. Keycloak's own check does not
 * tell that from any other fault; an app that asks whether its session lives must be told apart
 * from one that shows an expired token, which says nothing of the session.
 */
final class EndedSession {
  private static final TokenVerifier.TokenTypeCheck ACCESS_TOKEN =
      new TokenVerifier.TokenTypeCheck(
          List.of(TokenUtil.TOKEN_TYPE_BEARER, TokenUtil.TOKEN_TYPE_DPOP));

  private EndedSession() {}

  /**
   * @return the client of the access token in the Authorization header; empty if there is none, if
   *     it is bad in any other way, or if its session lives
   */
  static Optional<ClientModel> client(KeycloakSession session) {
    KeycloakContext context = session.getContext();
    RealmModel realm = context.getRealm();
    try {
      String text =
          AppAuthManager.extractAuthorizationHeaderToken(context.getHttpRequest().getHttpHeaders());
      if (text == null) {
        return Optional.empty();
      }
      TokenVerifier<AccessToken> verifier =
          TokenVerifier.create(text, AccessToken.class)
              .withChecks(
                  new TokenVerifier.RealmUrlCheck(
                      Urls.realmIssuer(context.getUri().getBaseUri(), realm.getName())),
                  ACCESS_TOKEN,
                  TokenVerifier.IS_ACTIVE);
      SignatureProvider signatures =
          session.getProvider(SignatureProvider.class, verifier.getHeader().getAlgorithm().name());
      if (signatures == null) {
        return Optional.empty();
      }
      AccessToken token =
          verifier
              .verifierContext(signatures.verifier(verifier.getHeader().getKeyId()))
              .verify()
              .getToken();
      String sid = token.getSessionId();
      if (sid == null
          || session.sessions().getUserSession(realm, sid) != null
          || session.sessions().getOfflineUserSession(realm, sid) != null) {
        return Optional.empty();
      }
      return Optional.ofNullable(realm.getClientByClientId(token.getIssuedFor()))
          .filter(ClientModel::isEnabled);
    } catch (VerificationException | NotAuthorizedException e) {
      return Optional.empty();
    }
  }
}
