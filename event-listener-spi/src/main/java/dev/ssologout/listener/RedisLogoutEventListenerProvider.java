package dev.ssologout.listener;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.keycloak.events.Details;
import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.OperationType;
import org.keycloak.events.admin.ResourceType;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.session.UserSessionPersisterProvider;

/** Hears the events of one request and tells what they say about sessions that end in it. */
final class RedisLogoutEventListenerProvider implements EventListenerProvider {
  private static final Logger LOG = Logger.getLogger(RedisLogoutEventListenerProvider.class);

  private static final Pattern ONE_SESSION = Pattern.compile("sessions/([^/]+)");
  private static final Pattern ALL_OF_USER = Pattern.compile("users/([^/]+)/logout");

  private final KeycloakSession session;
  private final SessionEndCapture capture;
  private final Causes.Teller causes;

  RedisLogoutEventListenerProvider(KeycloakSession session, SessionEndCapture capture) {
    this.session = session;
    this.capture = capture;
    this.causes = capture.causes().teller();
  }

  @Override
  public void onEvent(Event event) {
    try {
      if (event.getSessionId() == null) {
        return;
      }
      if (event.getType() == EventType.LOGOUT) {
        Cause cause = causeOfLogout(event);
        causes.sessionEnds(event.getRealmId(), event.getSessionId(), cause);
        endsUnstored(event, cause);
      } else if (event.getType() == EventType.USER_SESSION_DELETED) {
        swept(event);
        endsUnstored(event, Cause.EXPIRED);
      }
    } catch (RuntimeException | LinkageError e) {
      LOG.errorf(e, "Event %s of realm %s was not captured", event.getType(), event.getRealmName());
    }
  }

  @Override
  public void onEvent(AdminEvent event, boolean includeRepresentation) {
    try {
      String path = event.getResourcePath();
      if (path == null) {
        return;
      }
      if (event.getOperationType() == OperationType.DELETE
          && event.getResourceType() == ResourceType.USER_SESSION) {
        Matcher matcher = ONE_SESSION.matcher(path);
        if (matcher.matches()) {
          causes.sessionEnds(event.getRealmId(), matcher.group(1), Cause.ADMIN_LOGOUT);
        }
      } else if (event.getOperationType() == OperationType.ACTION
          && event.getResourceType() == ResourceType.USER) {
        Matcher matcher = ALL_OF_USER.matcher(path);
        if (matcher.matches()) {
          causes.sessionsOfUserEnd(event.getRealmId(), matcher.group(1), Cause.ADMIN_LOGOUT);
        }
      }
    } catch (RuntimeException | LinkageError e) {
      LOG.errorf(
          e,
          "Admin event %s %s of realm %s was not captured",
          event.getOperationType(),
          event.getResourceTypeAsString(),
          event.getRealmName());
    }
  }

  /** Keycloak calls every end that a request brings about LOGOUT. */
  private Cause causeOfLogout(Event event) {
    Map<String, String> details = event.getDetails() == null ? Map.of() : event.getDetails();
    if (details.containsKey(Details.LOGOUT_TRIGGERED_BY_REQUIRED_ACTION)
        || details.containsKey(Details.LOGOUT_TRIGGERED_BY_ACTION_TOKEN)) {
      return Cause.CREDENTIAL_CHANGED;
    }
    return switch (RequestPath.of(session)) {
      case ACCOUNT -> Cause.ACCOUNT_LOGOUT;
      case IDP_LOGOUT -> Cause.IDP_LOGOUT;
      case LOGIN, TOKEN -> Cause.SESSION_LIMIT;
      default -> Cause.LOGOUT;
    };
  }

  /** The sweep deletes by one statement, after this event. */
  private void swept(Event event) {
    RealmModel realm = session.realms().getRealm(event.getRealmId());
    if (realm != null && persister() instanceof CapturingUserSessionPersisterProvider persister) {
      String reason = event.getDetails() == null ? null : event.getDetails().get(Details.REASON);
      if (Details.INVALID_USER_SESSION_REMEMBER_ME_REASON.equals(reason)) {
        persister.sweepsRemembered(realm, event.getSessionId());
      } else {
        persister.sweeps(realm, event.getSessionId());
      }
    }
  }

  /**
   * Where persistent sessions are off, an online session ends in a cache that no witness of ours
   * sees, so that the event is all there is: it names one client at the most.
   */
  private void endsUnstored(Event event, Cause cause) {
    if (SessionEndCapture.onlineSessionsAreStored() || event.getUserId() == null) {
      return;
    }
    RealmModel realm = session.realms().getRealm(event.getRealmId());
    if (realm == null || persister().loadUserSession(realm, event.getSessionId(), true) != null) {
      return;
    }
    ClientModel client =
        event.getClientId() == null ? null : realm.getClientByClientId(event.getClientId());
    capture.ends(
        session,
        realm,
        new EndingSession(
            event.getSessionId(),
            event.getUserId(),
            false,
            0,
            client == null ? List.of() : List.of(client),
            null),
        cause);
  }

  private UserSessionPersisterProvider persister() {
    return session.getProvider(UserSessionPersisterProvider.class);
  }

  @Override
  public void close() {
    causes.close();
  }
}
