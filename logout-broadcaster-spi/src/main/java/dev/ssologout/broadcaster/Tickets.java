package dev.ssologout.broadcaster;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.keycloak.common.util.SecretGenerator;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.SingleUseObjectProvider;

/**
 * Tickets for streams: a random text that opens one stream, once, for a page of one origin. Kept by
 * Keycloak as a single-use object, under the text's hash, so that every node takes it and none of
 * Keycloak's stores gives it away.
 */
final class Tickets {
  private static final int LENGTH = 43;
  private static final String PREFIX = "sso-logout-ticket.";
  private static final String REALM = "realm";
  private static final String CLIENT = "client";
  private static final String SID = "sid";
  private static final String OFFLINE = "offline";
  private static final String STARTED = "started";
  private static final String USER = "user";
  private static final String ORIGIN = "origin";

  private final Duration life;

  Tickets(Duration life) {
    this.life = life;
  }

  /**
   * @param watch what the stream will be about
   * @param origin of the page that may use it
   */
  record Ticket(Watch watch, String origin) {}

  Duration life() {
    return life;
  }

  String issue(KeycloakSession session, Ticket ticket) {
    String text = SecretGenerator.getInstance().randomString(LENGTH);
    Watch watch = ticket.watch();
    session
        .getProvider(SingleUseObjectProvider.class)
        .put(
            key(text),
            life.toSeconds(),
            Map.of(
                REALM, watch.realm(),
                CLIENT, watch.clientId(),
                SID, watch.sid(),
                OFFLINE, Boolean.toString(watch.offline()),
                STARTED, Integer.toString(watch.started()),
                USER, watch.userId(),
                ORIGIN, ticket.origin()));
    return text;
  }

  /**
   * Uses the ticket up.
   *
   * @param network where its user is
   * @return empty if there is no such ticket, or no more
   */
  Optional<Ticket> redeem(KeycloakSession session, String text, String network) {
    if (text.length() != LENGTH) {
      return Optional.empty();
    }
    Map<String, String> notes =
        session.getProvider(SingleUseObjectProvider.class).remove(key(text));
    return Optional.ofNullable(notes)
        .map(
            found ->
                new Ticket(
                    new Watch(
                        found.get(REALM),
                        found.get(SID),
                        Boolean.parseBoolean(found.get(OFFLINE)),
                        Integer.parseInt(found.get(STARTED)),
                        found.get(USER),
                        found.get(CLIENT),
                        false,
                        network),
                    found.get(ORIGIN)));
  }

  private static String key(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
