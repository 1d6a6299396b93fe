package dev.ssologout.listener;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.ProtocolMapperModel;
import org.keycloak.models.RealmModel;
import org.keycloak.protocol.ProtocolMapper;
import org.keycloak.protocol.oidc.OIDCConfigAttributes;
import org.keycloak.protocol.oidc.mappers.AbstractPairwiseSubMapper;
import org.keycloak.protocol.oidc.mappers.PairwiseSubMapperHelper;
import org.keycloak.protocol.oidc.utils.PairwiseSubMapperUtils;

/** What the settings of a session's clients say about its end. */
final class ClientView {
  /** Clock differences between Keycloak and who checks a token against the ended-marker. */
  private static final int MARKER_SLACK_SECONDS = 60;

  private ClientView() {}

  /** The {@code sub} by client id, of those clients that have pairwise subjects (OIDC Core 8). */
  static Map<String, String> pairwiseSubs(
      KeycloakSession session, Collection<ClientModel> clients, String userId) {
    Map<String, String> subs = Map.of();
    for (ClientModel client : clients) {
      for (ProtocolMapperModel model : pairwiseMappers(client)) {
        AbstractPairwiseSubMapper mapper =
            (AbstractPairwiseSubMapper)
                session
                    .getKeycloakSessionFactory()
                    .getProviderFactory(ProtocolMapper.class, model.getProtocolMapper());
        if (mapper != null) {
          subs = subs.isEmpty() ? new HashMap<>() : subs;
          subs.put(
              client.getClientId(),
              mapper.generateSub(model, sectorIdentifier(client, model), userId));
        }
      }
    }
    return subs;
  }

  /** Whether the client knows users by other subs than their ids. */
  static boolean hasPairwiseSubs(ClientModel client) {
    return !pairwiseMappers(client).isEmpty();
  }

  private static List<ProtocolMapperModel> pairwiseMappers(ClientModel client) {
    return client
        .getProtocolMappersStream()
        .filter(
            mapper ->
                mapper.getProtocolMapper().endsWith(AbstractPairwiseSubMapper.PROVIDER_ID_SUFFIX))
        .toList();
  }

  /** OIDC Core section 8.1, in the order in which Keycloak looks for it. */
  private static String sectorIdentifier(ClientModel client, ProtocolMapperModel model) {
    String uri = PairwiseSubMapperHelper.getSectorIdentifierUri(model);
    return uri != null && !uri.isEmpty()
        ? PairwiseSubMapperUtils.resolveValidSectorIdentifier(uri)
        : PairwiseSubMapperUtils.resolveValidSectorIdentifier(
            client.getRootUrl(), client.getRedirectUris());
  }

  /** The longest that an access token of these clients could still be good, in seconds. */
  static long markerSeconds(RealmModel realm, Collection<ClientModel> clients) {
    Stream<Integer> ofClients =
        clients.stream()
            .map(client -> client.getAttribute(OIDCConfigAttributes.ACCESS_TOKEN_LIFESPAN))
            .filter(lifespan -> lifespan != null && lifespan.matches("-?[0-9]{1,9}"))
            .map(Integer::valueOf);
    // A lifespan of -1 stands for "as long as the session".
    int ofSession =
        Math.max(realm.getSsoSessionMaxLifespan(), realm.getSsoSessionMaxLifespanRememberMe());
    int longest =
        Stream.concat(
                Stream.of(
                    realm.getAccessTokenLifespan(), realm.getAccessTokenLifespanForImplicitFlow()),
                ofClients)
            .mapToInt(lifespan -> lifespan < 0 ? ofSession : lifespan)
            .max()
            .getAsInt();
    return (long) longest + MARKER_SLACK_SECONDS;
  }
}
