package dev.ssologout.listener;

import org.keycloak.Config;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.jpa.session.JpaUserSessionPersisterProviderFactory;
import org.keycloak.models.session.UserSessionPersisterProvider;

/**
 * Puts {@link CapturingUserSessionPersisterProvider} in the place of Keycloak's own persister, by a
 * higher order; naming it by option instead would hide the provider {@code jpa}, which Keycloak
 * asks for by name.
 */
public class CapturingUserSessionPersisterProviderFactory
    extends JpaUserSessionPersisterProviderFactory {
  public static final String ID = "sso-logout";

  private static final String EXPIRATION_BATCH = "expirationBatch";

  private int expirationBatch;

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public int order() {
    return super.order() + 10;
  }

  /** Keeps to what is configured for the provider whose place this one takes. */
  @Override
  public void init(Config.Scope config) {
    Config.Scope jpa =
        Config.scope("user-session-persister", JpaUserSessionPersisterProviderFactory.ID);
    super.init(jpa);
    expirationBatch = Math.max(1, jpa.getInt(EXPIRATION_BATCH, DEFAULT_EXPIRATION_BATCH));
  }

  @Override
  public UserSessionPersisterProvider create(KeycloakSession session) {
    // Absent where an operator has disabled the listener altogether.
    if (session
            .getKeycloakSessionFactory()
            .getProviderFactory(
                EventListenerProvider.class, RedisLogoutEventListenerProviderFactory.ID)
        instanceof RedisLogoutEventListenerProviderFactory listener) {
      return new CapturingUserSessionPersisterProvider(
          session,
          session.getProvider(JpaConnectionProvider.class).getEntityManager(),
          expirationBatch,
          listener.capture());
    }
    return super.create(session);
  }
}
