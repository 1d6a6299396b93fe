package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.keycloak.common.util.MultiSiteUtils;
import org.keycloak.common.util.Time;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/**
 * Turns ended sessions into outbox rows. Two witnesses see a session end: the persister, when the
 * session's row is deleted, and an event, which tells the cause. The rules:
 *
 * <ol>
 *   <li>The outbox row is written where the session's row is deleted, so that both commit or both
 *       roll back. The persister's witness does it, one by one ({@link #ends}) or for all that one
 *       statement deletes ({@link #endTogether}).
 *   <li>An event that comes before only tells the {@linkplain Causes cause}. For an end that nobody
 *       told a cause for it is {@linkplain SilentCause read from the request}.
 *   <li>Where Keycloak deletes without the persister, the event's witness writes the row ({@link
 *       #ends} again, {@link #swept}): the expiry sweep, and online sessions where persistent
 *       sessions are off.
 *   <li>Both witnesses derive the same message id from the same session, and a second row of an id
 *       is not written.
 *   <li>A realm that does not name the listener has nothing captured. Nothing that fails in here
 *       may keep a session alive.
 * </ol>
 */
final class SessionEndCapture {
  private static final Logger LOG = Logger.getLogger(SessionEndCapture.class);

  private final Causes causes = new Causes();
  private final WakeUp wakeUp;

  /**
   * @param afterCommit gets, after every commit of a transaction that captured something, how much
   */
  SessionEndCapture(Consumer<Map<Reason, Integer>> afterCommit) {
    this.wakeUp = new WakeUp(afterCommit);
  }

  /** The session's transaction has put something into the outbox past this class. */
  void wakeAfterCommitOf(KeycloakSession session) {
    wakeUp.afterCommitOf(session);
  }

  Causes causes() {
    return causes;
  }

  /** Whether the realm has the listener among its event listeners. */
  static boolean watches(RealmModel realm) {
    return realm
        .getEventsListenersStream()
        .anyMatch(RedisLogoutEventListenerProviderFactory.ID::equals);
  }

  /** Whether online sessions have rows, so that the persister witnesses their end. */
  static boolean onlineSessionsAreStored() {
    return MultiSiteUtils.isPersistentSessionsEnabled();
  }

  /**
   * Why the session ends.
   *
   * @param silentCause what it is where no event told a cause; {@code null} from it says that this
   *     is no end
   */
  Cause cause(RealmModel realm, EndingSession ending, Supplier<Cause> silentCause) {
    Cause told = causes.find(realm.getId(), ending.sid(), ending.userId());
    return told != null ? told : silentCause.get();
  }

  /** The session ends in this transaction. */
  void ends(KeycloakSession session, RealmModel realm, EndingSession ending, Cause cause) {
    Envelope envelope = envelope(session, realm, ending, cause);
    if (new Outbox(session).add(realm.getId(), envelope)) {
      captured(session, envelope);
    }
  }

  /**
   * The session ends in this transaction, and its row goes with that, which no entity of the
   * persistence context may be.
   */
  void endsWithItsRow(
      KeycloakSession session, RealmModel realm, EndingSession ending, Cause cause) {
    Envelope envelope = envelope(session, realm, ending, cause);
    if (new Outbox(session).addAndDeleteSession(realm.getId(), envelope)) {
      captured(session, envelope);
    }
  }

  private static Envelope envelope(
      KeycloakSession session, RealmModel realm, EndingSession ending, Cause cause) {
    SessionEnded message =
        new SessionEnded(
            MessageId.of(realm.getId(), ending.sid(), ending.offline(), ending.started()),
            ending.issuer() != null ? ending.issuer() : Issuer.of(session, realm),
            Instant.ofEpochMilli(Time.currentTimeMillis()),
            realm.getName(),
            ending.sid(),
            ending.userId(),
            ending.offline(),
            cause.reason(),
            cause.initiator(),
            ending.clients().stream().map(ClientModel::getClientId).sorted().toList(),
            null);
    return new Envelope(
        message,
        ClientView.markerSeconds(realm, ending.clients()),
        ClientView.pairwiseSubs(session, ending.clients(), ending.userId()));
  }

  private void captured(KeycloakSession session, Envelope envelope) {
    wakeUp.afterCommitOf(session, envelope.message());
    LOG.debugf("Captured %s", envelope.message());
  }

  /** One statement is about to delete the rows of all these sessions in this transaction. */
  void endTogether(KeycloakSession session, StoredSessions sessions, Cause cause) {
    sessions.forEachPack(cause, packed -> endTogether(session, packed, cause));
  }

  /**
   * The sweep, which tells of the sessions one by one, is about to delete this one's row together
   * with others by one statement in this transaction.
   */
  void swept(KeycloakSession session, RealmModel realm, EndingSession ending, Cause cause) {
    SweptSessions.of(session, realm, this).add(ending, cause);
  }

  /** As {@link #endTogether(KeycloakSession, StoredSessions, Cause)}, for one pack. */
  void endTogether(KeycloakSession session, PackedEnvelopes packed, Cause cause) {
    new Outbox(session).add(packed);
    wakeUp.afterCommitOf(session, cause.reason(), packed);
    LOG.debugf("Captured %d sessions of realm %s: %s", packed.size(), packed.realm(), cause);
  }

  /** Who removes a user in this request. */
  static Cause userRemoved(KeycloakSession session) {
    return switch (RequestPath.of(session)) {
      case NONE -> Cause.userRemoved(Initiator.POLICY);
      case LOGIN, TOKEN, ACCOUNT -> Cause.userRemoved(Initiator.USER);
      default -> Cause.userRemoved(Initiator.ADMIN);
    };
  }
}
