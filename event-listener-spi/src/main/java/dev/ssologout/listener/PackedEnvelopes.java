package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.keycloak.common.util.Time;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/**
 * Many sessions that one statement ends, in one outbox row: what they share stands once. A realm
 * with many sessions is signed out, or swept, at the price of a few rows instead of one for each
 * session.
 *
 * @param time when they ended, in milliseconds since the epoch
 * @param clients the client ids that the sessions point into
 */
record PackedEnvelopes(
    String source,
    long time,
    String realmId,
    String realm,
    String reason,
    String initiator,
    long markerSeconds,
    List<String> clients,
    List<Session> sessions) {

  /**
   * @param started in seconds since the epoch
   * @param clients indexes into the shared list
   * @param subs as {@link Envelope#pairwiseSubs()}; {@code null} for none
   */
  record Session(
      String sid,
      String sub,
      boolean offline,
      int started,
      List<Integer> clients,
      Map<String, String> subs) {}

  /** The sessions end now, by one cause. */
  static PackedEnvelopes of(
      KeycloakSession session,
      RealmModel realm,
      URI source,
      Cause cause,
      List<EndingSession> endings) {
    Set<ClientModel> clients = new LinkedHashSet<>();
    endings.forEach(ending -> clients.addAll(ending.clients()));
    List<String> clientIds = clients.stream().map(ClientModel::getClientId).toList();
    Map<ClientModel, Integer> indexes = new HashMap<>();
    clients.forEach(client -> indexes.put(client, indexes.size()));
    // Asking a client for each of its sessions would take most of the time.
    Set<ClientModel> pairwise =
        clients.stream().filter(ClientView::hasPairwiseSubs).collect(Collectors.toSet());
    return new PackedEnvelopes(
        source.toString(),
        Time.currentTimeMillis(),
        realm.getId(),
        realm.getName(),
        cause.reason().wireName(),
        cause.initiator().wireName(),
        ClientView.markerSeconds(realm, clients),
        clientIds,
        endings.stream().map(ending -> session(session, ending, indexes, pairwise)).toList());
  }

  private static Session session(
      KeycloakSession session,
      EndingSession ending,
      Map<ClientModel, Integer> indexes,
      Set<ClientModel> pairwise) {
    Map<String, String> subs =
        ClientView.pairwiseSubs(
            session,
            ending.clients().stream().filter(pairwise::contains).toList(),
            ending.userId());
    return new Session(
        ending.sid(),
        ending.userId(),
        ending.offline(),
        ending.started(),
        ending.clients().stream().map(indexes::get).toList(),
        subs.isEmpty() ? null : subs);
  }

  List<Envelope> unpack() {
    return sessions.stream().map(this::unpack).toList();
  }

  private Envelope unpack(Session session) {
    SessionEnded message =
        new SessionEnded(
            MessageId.of(realmId, session.sid(), session.offline(), session.started()),
            URI.create(source),
            Instant.ofEpochMilli(time),
            realm,
            session.sid(),
            session.sub(),
            session.offline(),
            Reason.ofWireName(reason),
            Initiator.ofWireName(initiator),
            session.clients().stream().map(clients::get).sorted().toList(),
            null);
    return new Envelope(message, markerSeconds, session.subs() == null ? Map.of() : session.subs());
  }
}
