package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
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
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/** Hears the events of one request and tells what they say about sessions that end in it. */
final class RedisLogoutEventListenerProvider implements EventListenerProvider {
  private static final Logger LOG = Logger.getLogger(RedisLogoutEventListenerProvider.class);

  private static final Pattern ONE_SESSION = Pattern.compile("sessions/([^/]+)");
  private static final Pattern ALL_OF_USER = Pattern.compile("users/([^/]+)/logout");

  private static final Cause LOGOUT = new Cause(Reason.LOGOUT, Initiator.USER);
  private static final Cause ADMIN_LOGOUT = new Cause(Reason.ADMIN_LOGOUT, Initiator.ADMIN);
  private static final Cause EXPIRED = new Cause(Reason.EXPIRED, Initiator.POLICY);

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
      if (event.getType() == EventType.LOGOUT && event.getSessionId() != null) {
        causes.sessionEnds(event.getRealmId(), event.getSessionId(), LOGOUT);
      } else if (event.getType() == EventType.USER_SESSION_DELETED) {
        swept(event);
      }
    } catch (RuntimeException e) {
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
          causes.sessionEnds(event.getRealmId(), matcher.group(1), ADMIN_LOGOUT);
        }
      } else if (event.getOperationType() == OperationType.ACTION
          && event.getResourceType() == ResourceType.USER) {
        Matcher matcher = ALL_OF_USER.matcher(path);
        if (matcher.matches()) {
          causes.sessionsOfUserEnd(event.getRealmId(), matcher.group(1), ADMIN_LOGOUT);
        }
      }
    } catch (RuntimeException e) {
      LOG.errorf(
          e,
          "Admin event %s %s of realm %s was not captured",
          event.getOperationType(),
          event.getResourceTypeAsString(),
          event.getRealmName());
    }
  }

  /** The sweep deletes by one statement after this event, past the persister's methods. */
  private void swept(Event event) {
    RealmModel realm = session.realms().getRealm(event.getRealmId());
    String reason = event.getDetails() == null ? null : event.getDetails().get(Details.REASON);
    if (realm != null && Details.USER_SESSION_EXPIRED_REASON.equals(reason)) {
      capture.ends(session, realm, event.getSessionId(), false, EXPIRED);
    }
  }

  @Override
  public void close() {
    causes.close();
  }
}
