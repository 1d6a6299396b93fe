package dev.ssologout.themes;

import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.services.resource.RealmResourceProvider;
import org.keycloak.services.resource.RealmResourceProviderFactory;

/** The realm resource {@value #ID}: the page for people whose session has ended. */
public class SessionEndedResourceProviderFactory implements RealmResourceProviderFactory {
  public static final String ID = "session-ended";

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public void init(Config.Scope config) {}

  @Override
  public void postInit(KeycloakSessionFactory factory) {}

  @Override
  public RealmResourceProvider create(KeycloakSession session) {
    return new RealmResourceProvider() {
      @Override
      public Object getResource() {
        return new SessionEndedResource(session);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {}
}
