package dev.ssologout.listener;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.services.resources.KeycloakApplication;

/**
 * Shows in Keycloak's {@code /health/ready} whether messages reach Redis. It is up whatever it
 * shows: a node that cannot reach Redis signs users in and out as well as any, and taking it out of
 * service for that would make an outage of Redis one of Keycloak.
 */
@Readiness
@ApplicationScoped
public class DeliveryHealthCheck implements HealthCheck {

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("SSO logout messages to Redis").up();
    KeycloakSessionFactory factory = KeycloakApplication.getSessionFactory();
    Relay relay =
        factory == null ? null : RedisLogoutEventListenerProviderFactory.of(factory).relay();
    if (relay == null) {
      return response.withData("redis", "not asked yet").build();
    }
    Outage.State state = relay.state();
    response
        .withData("redis", state.open() ? "up" : "down")
        .withData("since", state.since().toString());
    if (state.cause() != null) {
      response.withData("cause", state.cause());
    }
    return response.build();
  }
}
