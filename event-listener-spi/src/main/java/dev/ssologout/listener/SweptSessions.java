package dev.ssologout.listener;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.models.AbstractKeycloakTransaction;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/**
 * The sessions that one transaction of the sweep ends, gathered as it tells of them and written to
 * the outbox in packs, the last of them right before the commit. A row and a lock for each would
 * make the sweep many times as long.
 *
 * <p>Nothing is locked: a session that ends otherwise in the same moment has the same message id
 * there, and so one effect.
 */
final class SweptSessions extends AbstractKeycloakTransaction {
  private static final String GATHERED = SweptSessions.class.getName();

  private final KeycloakSession session;
  private final RealmModel realm;
  private final SessionEndCapture capture;
  private final Map<Kind, List<EndingSession>> gathered = new HashMap<>();

  /** What the sessions of a pack share. */
  private record Kind(URI issuer, Cause cause, boolean offline) {}

  private SweptSessions(KeycloakSession session, RealmModel realm, SessionEndCapture capture) {
    this.session = session;
    this.realm = realm;
    this.capture = capture;
  }

  /** Those of the session's transaction, which the sweep makes for one realm alone. */
  static SweptSessions of(KeycloakSession session, RealmModel realm, SessionEndCapture capture) {
    SweptSessions swept = session.getAttribute(GATHERED, SweptSessions.class);
    if (swept == null) {
      swept = new SweptSessions(session, realm, capture);
      session.getTransactionManager().enlistPrepare(swept);
      session.setAttribute(GATHERED, swept);
    }
    return swept;
  }

  void add(EndingSession ending, Cause cause) {
    Kind kind =
        new Kind(
            ending.issuer() != null ? ending.issuer() : Issuer.of(session, realm),
            cause,
            ending.offline());
    List<EndingSession> pack = gathered.computeIfAbsent(kind, k -> new ArrayList<>());
    pack.add(ending);
    if (pack.size() == StoredSessions.PACK) {
      write(kind, pack);
      pack.clear();
    }
  }

  /** What fails here rolls the sweep back, which comes again. */
  @Override
  protected void commitImpl() {
    gathered.forEach(this::write);
  }

  @Override
  protected void rollbackImpl() {}

  private void write(Kind kind, List<EndingSession> pack) {
    if (!pack.isEmpty()) {
      capture.endTogether(
          session,
          PackedEnvelopes.of(session, realm, kind.issuer(), kind.cause(), kind.offline(), pack),
          kind.cause());
    }
  }
}
