package dev.ssologout.listener;

import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.keycloak.common.util.Time;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.representations.LogoutToken;
import org.keycloak.util.TokenUtil;

/**
 * Writes what each client will read, with its logout token (OpenID Connect Back-Channel Logout 1.0
 * section 2.4), signed by the realm's active key in the algorithm of the client's ID tokens.
 *
 * <p>A client without a signing key, because its realm is gone or its algorithm has none, is told
 * without a token.
 */
final class LogoutTokens {
  private static final Logger LOG = Logger.getLogger(LogoutTokens.class);

  private final KeycloakSession session;
  private final Relay.Settings settings;

  LogoutTokens(KeycloakSession session, Relay.Settings settings) {
    this.session = session;
    this.settings = settings;
  }

  RedisPublisher.Addressed address(String realmId, Envelope envelope) {
    SessionEnded message = envelope.message();
    RealmModel realm = settings.logoutTokens() ? session.realms().getRealm(realmId) : null;
    List<String> toClients = new ArrayList<>(message.clients().size());
    for (String clientId : message.clients()) {
      String sub = envelope.subFor(clientId);
      String token = realm == null ? null : sign(realm, clientId, sub, message);
      toClients.add(SessionEndedCodec.encode(message.forClient(sub, token)));
    }
    return new RedisPublisher.Addressed(envelope, toClients);
  }

  private String sign(RealmModel realm, String clientId, String sub, SessionEnded message) {
    ClientModel client = realm.getClientByClientId(clientId);
    if (client == null) {
      return null;
    }
    try {
      session.getContext().setRealm(realm);
      session.getContext().setClient(client);
      return session.tokens().encode(token(clientId, sub, message));
    } catch (RuntimeException e) {
      LOG.warnf(
          "No logout token for client %s of realm %s in message %s: %s",
          clientId, realm.getName(), message.id(), e.getMessage());
      LOG.debug("Cause", e);
      return null;
    }
  }

  private LogoutToken token(String clientId, String sub, SessionEnded message) {
    LogoutToken token = new LogoutToken();
    token.id(UUID.randomUUID().toString());
    token.issuer(message.source().toString());
    token.audience(clientId);
    token.subject(sub);
    token.setSid(message.sid());
    token.issuedNow();
    // As long as the stream keeps it: a relying party that was away must be able to verify it.
    token.exp(Time.currentTime() + settings.streamRetention().toSeconds());
    token.putEvents(TokenUtil.TOKEN_BACKCHANNEL_LOGOUT_EVENT, Map.of());
    return token;
  }
}
