package dev.ssologout.testsuite.providers;

import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.ResourceType;
import org.keycloak.models.AbstractKeycloakTransaction;
import org.keycloak.models.KeycloakSession;

/**
 * Lets no session end that an event names: fails the request after everything has been done in it,
 * in the last moment in which its transaction can still be rolled back.
 */
final class VetoEventListenerProvider implements EventListenerProvider {
  private final KeycloakSession session;

  VetoEventListenerProvider(KeycloakSession session) {
    this.session = session;
  }

  @Override
  public void onEvent(Event event) {
    if (event.getType() == EventType.LOGOUT) {
      veto();
    }
  }

  @Override
  public void onEvent(AdminEvent event, boolean includeRepresentation) {
    if (event.getResourceType() == ResourceType.USER_SESSION) {
      veto();
    }
  }

  private void veto() {
    session
        .getTransactionManager()
        .enlistPrepare(
            new AbstractKeycloakTransaction() {
              @Override
              protected void commitImpl() {
                throw new IllegalStateException("vetoed");
              }

              @Override
              protected void rollbackImpl() {}
            });
  }

  @Override
  public void close() {}
}
