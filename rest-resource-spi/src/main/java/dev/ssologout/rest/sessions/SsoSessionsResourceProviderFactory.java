package dev.ssologout.rest.sessions;

import dev.ssologout.redis.ProviderOptions;
import dev.ssologout.redis.RedisConnectionProvider;
import dev.ssologout.rest.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;
import org.keycloak.services.resource.RealmResourceProvider;
import org.keycloak.services.resource.RealmResourceProviderFactory;

/** The realm resource {@value #ID}: a user's own sessions. */
public class SsoSessionsResourceProviderFactory implements RealmResourceProviderFactory {
  public static final String ID = "sso-sessions";

  private static final String SPI = "realm-restapi-extension";
  private static final String END_LIMIT_PER_USER = "endLimitPerUser";
  private static final String END_LIMIT_PER_ADDRESS = "endLimitPerAddress";
  private static final Duration LIMIT_PERIOD = Duration.ofMinutes(1);

  private EndLimits endLimits;

  @Override
  public String getId() {
    return ID;
  }

  @Override
  public List<ProviderConfigProperty> getConfigMetadata() {
    return ProviderConfigurationBuilder.create()
        .property()
        .name(END_LIMIT_PER_USER)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "The most calls in a minute by which one user, or one administrator, may end sessions"
                + " (1 to 100000).")
        .defaultValue(120)
        .add()
        .property()
        .name(END_LIMIT_PER_ADDRESS)
        .type(ProviderConfigProperty.INTEGER_TYPE)
        .helpText(
            "The most such calls in a minute from one IP address, or from one /64 network of IPv6"
                + " (1 to 100000).")
        .defaultValue(600)
        .add()
        .build();
  }

  @Override
  public void init(Config.Scope config) {
    ProviderOptions options = new ProviderOptions(SPI, ID, config, getConfigMetadata());
    endLimits =
        new EndLimits(
            new RateLimiter(
                "end-user", options.number(END_LIMIT_PER_USER, 1, 100_000), LIMIT_PERIOD),
            new RateLimiter(
                "end-address", options.number(END_LIMIT_PER_ADDRESS, 1, 100_000), LIMIT_PERIOD));
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {}

  @Override
  public RealmResourceProvider create(KeycloakSession session) {
    UserSessionsResource resource = new UserSessionsResource(session, endLimits);
    return new RealmResourceProvider() {
      @Override
      public Object getResource() {
        return resource;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Set<Class<? extends Provider>> dependsOn() {
    return Set.of(RedisConnectionProvider.class);
  }

  @Override
  public void close() {}

  EndLimits endLimits() {
    return endLimits;
  }
}
