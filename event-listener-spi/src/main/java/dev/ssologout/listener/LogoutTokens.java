package dev.ssologout.listener;

import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.keycloak.TokenCategory;
import org.keycloak.common.util.Time;
import org.keycloak.crypto.SignatureProvider;
import org.keycloak.crypto.SignatureSignerContext;
import org.keycloak.jose.jws.JWSBuilder;
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
 * without a token. That is logged once for each such client, until it has one again.
 */
final class LogoutTokens {
  private static final Logger LOG = Logger.getLogger(LogoutTokens.class);
  private static final int MOST_REMEMBERED = 1000;

  private final boolean signing;
  private final Duration life;
  private final Set<Addressee> unsigned = ConcurrentHashMap.newKeySet();

  /** A client of a realm. */
  private record Addressee(String realmId, String clientId) {}

  /**
   * A message of a realm, on its way to its clients.
   *
   * @param realmId which a message itself does not hold
   */
  record Waiting(String realmId, Envelope envelope) {}

  /**
   * @param signing whether there are to be tokens
   * @param life how long a token is good: as long as the stream keeps it, for a relying party that
   *     was away must be able to verify it
   */
  LogoutTokens(boolean signing, Duration life) {
    this.signing = signing;
    this.life = life;
  }

  /**
   * What the clients will read, in the order of the messages. Signing is what costs most on a
   * message's way, so all cores sign, be it for many messages or for one with many clients.
   */
  List<RedisPublisher.Addressed> address(KeycloakSession session, List<Waiting> messages) {
    // Only here the session is used, which belongs to this thread.
    Map<Addressee, SignatureSignerContext> signers = signers(session, messages);
    return messages.parallelStream()
        .map(
            waiting ->
                new RedisPublisher.Addressed(
                    waiting.envelope(),
                    waiting.envelope().message().clients().parallelStream()
                        .map(clientId -> text(waiting, clientId, signers))
                        .toList()))
        .toList();
  }

  private String text(
      Waiting waiting, String clientId, Map<Addressee, SignatureSignerContext> signers) {
    SessionEnded message = waiting.envelope().message();
    String sub = waiting.envelope().subFor(clientId);
    Addressee addressee = new Addressee(waiting.realmId(), clientId);
    SignatureSignerContext signer = signers.get(addressee);
    String token = signer == null ? null : sign(addressee, signer, sub, message);
    return SessionEndedCodec.encode(message.forClient(sub, token));
  }

  private String sign(
      Addressee addressee, SignatureSignerContext signer, String sub, SessionEnded message) {
    try {
      String token =
          new JWSBuilder()
              .type(TokenUtil.TOKEN_TYPE_JWT_LOGOUT_TOKEN)
              .jsonContent(token(addressee.clientId(), sub, message))
              .sign(signer);
      unsigned.remove(addressee);
      return token;
    } catch (RuntimeException e) {
      cannotSign(addressee, message.realm(), e);
      return null;
    }
  }

  private Map<Addressee, SignatureSignerContext> signers(
      KeycloakSession session, List<Waiting> messages) {
    Map<Addressee, SignatureSignerContext> signers = new HashMap<>();
    if (signing) {
      for (Waiting waiting : messages) {
        for (String clientId : waiting.envelope().message().clients()) {
          Addressee addressee = new Addressee(waiting.realmId(), clientId);
          if (!signers.containsKey(addressee)) {
            signers.put(addressee, signer(session, addressee));
          }
        }
      }
    }
    return signers;
  }

  /**
   * @return {@code null} if there is none
   */
  private SignatureSignerContext signer(KeycloakSession session, Addressee addressee) {
    RealmModel realm = session.realms().getRealm(addressee.realmId());
    ClientModel client = realm == null ? null : realm.getClientByClientId(addressee.clientId());
    if (client == null) {
      return null;
    }
    RealmModel realmBefore = session.getContext().getRealm();
    ClientModel clientBefore = session.getContext().getClient();
    try {
      session.getContext().setRealm(realm);
      session.getContext().setClient(client);
      String algorithm = session.tokens().signatureAlgorithm(TokenCategory.LOGOUT);
      SignatureProvider provider = session.getProvider(SignatureProvider.class, algorithm);
      if (provider == null) {
        throw new IllegalStateException("there is no signature algorithm " + algorithm);
      }
      return provider.signer();
    } catch (RuntimeException e) {
      cannotSign(addressee, realm.getName(), e);
      return null;
    } finally {
      session.getContext().setRealm(realmBefore);
      session.getContext().setClient(clientBefore);
    }
  }

  private void cannotSign(Addressee addressee, String realm, RuntimeException e) {
    boolean isNews = unsigned.size() < MOST_REMEMBERED && unsigned.add(addressee);
    LOG.logf(
        isNews ? Logger.Level.WARN : Logger.Level.DEBUG,
        "Client %s of realm %s is told without a logout token: %s",
        addressee.clientId(),
        realm,
        e.getMessage());
    LOG.debug("Cause", e);
  }

  private LogoutToken token(String clientId, String sub, SessionEnded message) {
    LogoutToken token = new LogoutToken();
    token.id(UUID.randomUUID().toString());
    token.issuer(message.source().toString());
    token.audience(clientId);
    token.subject(sub);
    token.setSid(message.sid());
    token.issuedNow();
    token.exp(Time.currentTime() + life.toSeconds());
    token.putEvents(TokenUtil.TOKEN_BACKCHANNEL_LOGOUT_EVENT, Map.of());
    return token;
  }
}
