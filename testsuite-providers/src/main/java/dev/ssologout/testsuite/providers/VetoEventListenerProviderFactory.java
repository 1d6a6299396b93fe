package dev.ssologout.testsuite.providers;

import org.keycloak.Config;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/** The event listener {@code veto}, which a realm names to have its logouts fail. */
public class VetoEventListenerProviderFactory implements EventListenerProviderFactory {

  @Override
  public String getId() {
    return "veto";
  }

  @Override
  public EventListenerProvider create(KeycloakSession session) {
    return new VetoEventListenerProvider(session);
  }

  @Override
  public void init(Config.Scope config) {}

  @Override
  public void postInit(KeycloakSessionFactory factory) {}

  @Override
  public void close() {}
}
