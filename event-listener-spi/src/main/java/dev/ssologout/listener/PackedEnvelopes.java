package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.keycloak.common.util.Time;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/**
 * Many sessions that one statement ends, in one outbox row: what they share stands once, what they
 * do not in columns. A realm with many sessions is signed out, or swept, at the price of a few rows
 * instead of one for each session.
 *
 * @param time when they ended, in milliseconds since the epoch
 * @param sids one for each session, as in all that follow but {@code clients} and {@code subs}
 * @param users their ids
 * @param started in seconds since the epoch
 * @param clients the different lists of client ids that the sessions have
 * @param clientsOf which of these lists, for each session
 * @param subs as {@link Envelope#pairwiseSubs()}, by the session's place; {@code null} for none
 */
record PackedEnvelopes(
    String source,
    long time,
    String realmId,
    String realm,
    String reason,
    String initiator,
    boolean offline,
    long markerSeconds,
    List<String> sids,
    List<String> users,
    int[] started,
    List<List<String>> clients,
    int[] clientsOf,
    Map<Integer, Map<String, String>> subs) {

  /**
   * The sessions end now, by one cause.
   *
   * @param endings either all offline sessions or none
   */
  static PackedEnvelopes of(
      KeycloakSession session,
      RealmModel realm,
      URI source,
      Cause cause,
      boolean offline,
      List<EndingSession> endings) {
    int size = endings.size();
    List<String> sids = new ArrayList<>(size);
    List<String> users = new ArrayList<>(size);
    int[] started = new int[size];
    int[] clientsOf = new int[size];
    Map<List<ClientModel>, Integer> lists = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      EndingSession ending = endings.get(i);
      sids.add(ending.sid());
      users.add(ending.userId());
      started[i] = ending.started();
      Integer list = lists.putIfAbsent(ending.clients(), lists.size());
      clientsOf[i] = list == null ? lists.size() - 1 : list;
    }
    Set<ClientModel> clients = new LinkedHashSet<>();
    lists.keySet().forEach(clients::addAll);
    Map<Integer, Map<String, String>> subs = pairwiseSubs(session, endings, clients);
    return new PackedEnvelopes(
        source.toString(),
        Time.currentTimeMillis(),
        realm.getId(),
        realm.getName(),
        cause.reason().wireName(),
        cause.initiator().wireName(),
        offline,
        ClientView.markerSeconds(realm, clients),
        sids,
        users,
        started,
        lists.keySet().stream()
            .map(list -> list.stream().map(ClientModel::getClientId).sorted().toList())
            .toList(),
        clientsOf,
        subs.isEmpty() ? null : subs);
  }

  private static Map<Integer, Map<String, String>> pairwiseSubs(
      KeycloakSession session, List<EndingSession> endings, Set<ClientModel> clients) {
    // Asking a client for each of its sessions would take most of the time.
    Set<ClientModel> pairwise =
        clients.stream().filter(ClientView::hasPairwiseSubs).collect(Collectors.toSet());
    Map<Integer, Map<String, String>> subs = new HashMap<>();
    if (!pairwise.isEmpty()) {
      for (int i = 0; i < endings.size(); i++) {
        EndingSession ending = endings.get(i);
        Map<String, String> ofSession =
            ClientView.pairwiseSubs(
                session,
                ending.clients().stream().filter(pairwise::contains).toList(),
                ending.userId());
        if (!ofSession.isEmpty()) {
          subs.put(i, ofSession);
        }
      }
    }
    return subs;
  }

  /** How many sessions there are. */
  int size() {
    return sids.size();
  }

  List<Envelope> unpack() {
    URI issuer = URI.create(source);
    Instant ended = Instant.ofEpochMilli(time);
    Reason why = Reason.ofWireName(reason);
    Initiator who = Initiator.ofWireName(initiator);
    return IntStream.range(0, size())
        .mapToObj(
            i ->
                new Envelope(
                    new SessionEnded(
                        MessageId.of(realmId, sids.get(i), offline, started[i]),
                        issuer,
                        ended,
                        realm,
                        sids.get(i),
                        users.get(i),
                        offline,
                        why,
                        who,
                        clients.get(clientsOf[i]),
                        null),
                    markerSeconds,
                    subs == null ? Map.of() : subs.getOrDefault(i, Map.of())))
        .toList();
  }
}
