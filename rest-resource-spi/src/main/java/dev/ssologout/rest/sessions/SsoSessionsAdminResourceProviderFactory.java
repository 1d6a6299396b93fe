package dev.ssologout.rest.sessions;

import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.services.resource.RealmResourceProvider;
import org.keycloak.services.resources.admin.AdminEventBuilder;
import org.keycloak.services.resources.admin.ext.AdminRealmResourceProvider;
import org.keycloak.services.resources.admin.ext.AdminRealmResourceProviderFactory;
import org.keycloak.services.resources.admin.fgap.AdminPermissionEvaluator;

/**
 * The admin resource {@value SsoSessionsResourceProviderFactory#ID}: the sessions of a realm. It
 * stands in Keycloak's admin API, which authenticates administrators of this and of the master
 * realm, knows what they may do, and is what operators keep away from the internet.
 */
public class SsoSessionsAdminResourceProviderFactory implements AdminRealmResourceProviderFactory {

  private EndLimits endLimits;

  @Override
  public String getId() {
    return SsoSessionsResourceProviderFactory.ID;
  }

  @Override
  public void init(Config.Scope config) {}

  @Override
  public void postInit(KeycloakSessionFactory factory) {
    endLimits =
        ((SsoSessionsResourceProviderFactory)
                factory.getProviderFactory(
                    RealmResourceProvider.class, SsoSessionsResourceProviderFactory.ID))
            .endLimits();
  }

  @Override
  public AdminRealmResourceProvider create(KeycloakSession session) {
    return new AdminRealmResourceProvider() {
      @Override
      public Object getResource(
          KeycloakSession keycloak,
          RealmModel realm,
          AdminPermissionEvaluator auth,
          AdminEventBuilder adminEvent) {
        return new AdminSessionsResource(keycloak, realm, auth, adminEvent, endLimits);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {}
}
