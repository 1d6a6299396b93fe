package dev.ssologout.listener;

import java.net.URI;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keycloak.models.ClientModel;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;

/**
 * What is captured of a session that ends.
 *
 * @param started in seconds since the epoch
 * @param clients those that took part
 * @param issuer as one of its clients saw it; {@code null} if none did
 */
record EndingSession(
    String sid,
    String userId,
    boolean offline,
    int started,
    List<ClientModel> clients,
    URI issuer) {

  private static final Pattern ISSUER =
      Pattern.compile("\"" + OIDCLoginProtocol.ISSUER + "\":\"([^\"\\\\]+)\"");

  /**
   * The issuer in a client session's data as the database has it: JSON, of which this is the only
   * member of interest.
   *
   * @return {@code null} if there is none
   */
  static URI issuerIn(String clientSessionData) {
    Matcher matcher = ISSUER.matcher(clientSessionData == null ? "" : clientSessionData);
    return matcher.find() ? URI.create(matcher.group(1)) : null;
  }
}
