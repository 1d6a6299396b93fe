package dev.ssologout.benchmark.providers;

import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/** Has a session's LOGOUT event handled in the request that ends it. */
abstract class ListenerFactory implements EventListenerProviderFactory {

  abstract void logout(KeycloakSession session, Event event);

  @Override
  public EventListenerProvider create(KeycloakSession session) {
    return new EventListenerProvider() {
      @Override
      public void onEvent(Event event) {
        if (event.getType() == EventType.LOGOUT) {
          logout(session, event);
        }
      }

      @Override
      public void onEvent(AdminEvent event, boolean includeRepresentation) {}

      @Override
      public void close() {}
    };
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {}

  @Override
  public void close() {}
}
