package dev.ssologout.relyingparty.spring;

import dev.ssologout.relyingparty.EndedSessions;
import dev.ssologout.relyingparty.LogoutSubscription;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.security.oauth2.client.oidc.session.OidcSessionRegistry;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.session.SessionRepository;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;

/**
 * Configures what the app has use for: where users sign in by {@code oauth2Login}, the end of their
 * HTTP sessions and connections; in a resource server, the refusal of tokens whose session is over.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
      "org.springframework.boot.security.oauth2.client.autoconfigure.OAuth2ClientAutoConfiguration",
      "org.springframework.boot.session.autoconfigure.SessionAutoConfiguration",
      "org.springframework.boot.session.jdbc.autoconfigure.JdbcSessionAutoConfiguration",
      "org.springframework.boot.session.data.redis.autoconfigure.SessionDataRedisAutoConfiguration"
    },
    beforeName =
        "org.springframework.boot.security.oauth2.server.resource.autoconfigure"
            + ".OAuth2ResourceServerAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty(name = "sso-logout.enabled", matchIfMissing = true)
@EnableConfigurationProperties(SsoLogoutProperties.class)
public class SsoLogoutAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  SsoLogoutRedis ssoLogoutRedis(
      SsoLogoutProperties properties, DataRedisConnectionDetails connectionDetails) {
    return SsoLogoutRedis.of(properties.redis(), connectionDetails);
  }

  /** Where users sign in. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ClientRegistrationRepository.class)
  @ConditionalOnBean(ClientRegistrationRepository.class)
  static class SignIn {

    @Bean
    SsoLogoutClient ssoLogoutClient(
        ClientRegistrationRepository registrations, SsoLogoutProperties properties) {
      return new SsoLogoutClient(registration(registrations, properties), properties);
    }

    @Bean
    OpenConnections ssoLogoutConnections() {
      return new OpenConnections();
    }

    @Bean
    EndedSsoSessions endedSsoSessions(
        SsoLogoutClient client, AppSessions sessions, OpenConnections connections) {
      return new EndedSsoSessions(client.registrationId(), sessions, connections);
    }

    @Bean
    @ConditionalOnBean(StringRedisTemplate.class)
    BackChannelLogouts ssoLogoutBackChannelLogouts(
        StringRedisTemplate redis,
        SsoLogoutClient client,
        SsoLogoutProperties properties,
        EndedSsoSessions ended) {
      return new BackChannelLogouts(
          redis,
          client.clientId(),
          properties.instance() == null ? properties.lookBack() : null,
          properties.sessionLifetime(),
          ended);
    }

    /** Made when Spring Security asks for it, which it does where the app has oidcLogout. */
    @Bean
    @Lazy
    @ConditionalOnBean(StringRedisTemplate.class)
    @ConditionalOnMissingBean(OidcSessionRegistry.class)
    SsoSessionRegistry ssoSessionRegistry(
        SsoLogoutClient client, AppSessions sessions, BackChannelLogouts logouts) {
      logouts.use();
      return new SsoSessionRegistry(client, sessions, logouts);
    }

    @Bean
    FilterRegistrationBean<SignedInFilter> ssoLogoutSignedInFilter(EndedSsoSessions ended) {
      FilterRegistrationBean<SignedInFilter> filter =
          new FilterRegistrationBean<>(new SignedInFilter(ended));
      // Behind Spring Security, which says who it is.
      filter.setOrder(Ordered.LOWEST_PRECEDENCE);
      return filter;
    }

    @Bean
    LogoutSubscriptions ssoLogoutSubscriptions(
        SsoLogoutClient client,
        SsoLogoutRedis redis,
        SsoLogoutProperties properties,
        EndedSsoSessions ended,
        AppSessions sessions) {
      Map<String, Supplier<LogoutSubscription>> starters = new LinkedHashMap<>();
      starters.put(
          "everyInstanceHears",
          () -> {
            LogoutSubscription.Builder hears = client.subscription(redis).onSessionEnded(ended);
            if (properties.instance() == null) {
              hears.everyInstanceHears().lookBack(properties.lookBack());
            } else {
              hears.everyInstanceHears(properties.instance());
            }
            return hears.start();
          });
      if (!(sessions instanceof MemorySessions)) {
        // For what ended while no instance was there, however long ago.
        starters.put(
            "oneInstanceActs",
            () ->
                client
                    .subscription(redis)
                    .oneInstanceActs("sessions")
                    .onSessionEnded(ended::endStored)
                    .start());
      }
      return new LogoutSubscriptions(starters);
    }

    private static ClientRegistration registration(
        ClientRegistrationRepository registrations, SsoLogoutProperties properties) {
      if (properties.registrationId() != null) {
        ClientRegistration named = registrations.findByRegistrationId(properties.registrationId());
        if (named == null) {
          throw new IllegalArgumentException(
              "sso-logout.registration-id="
                  + properties.registrationId()
                  + ": there is no such client registration");
        }
        return named;
      }
      List<ClientRegistration> signingIn =
          registrations instanceof Iterable<?> all
              ? StreamSupport.stream(all.spliterator(), false)
                  .filter(ClientRegistration.class::isInstance)
                  .map(ClientRegistration.class::cast)
                  .filter(
                      each ->
                          each.getAuthorizationGrantType()
                                  .equals(AuthorizationGrantType.AUTHORIZATION_CODE)
                              && each.getScopes() != null
                              && each.getScopes().contains("openid"))
                  .toList()
              : List.of();
      if (signingIn.size() != 1) {
        throw new IllegalArgumentException(
            "sso-logout.registration-id: is needed, as there are "
                + signingIn.size()
                + " client registrations that sign users in by OpenID Connect");
      }
      return signingIn.get(0);
    }
  }

  /** Sessions in a store that the instances share. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({ClientRegistrationRepository.class, SessionRepository.class})
  @ConditionalOnBean({ClientRegistrationRepository.class, SessionRepository.class})
  static class Stored {
    @Bean
    StoredSessions ssoLogoutStoredSessions(
        SessionRepository<?> repository,
        StringRedisTemplate redis,
        SsoLogoutClient client,
        SsoLogoutProperties properties) {
      return new StoredSessions(repository, redis, client.clientId(), properties.sessionLifetime());
    }
  }

  /** Sessions in the server's memory. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ClientRegistrationRepository.class)
  @ConditionalOnBean(ClientRegistrationRepository.class)
  @ConditionalOnMissingBean(type = "org.springframework.session.SessionRepository")
  static class InMemory {
    @Bean
    MemorySessions ssoLogoutMemorySessions() {
      return new MemorySessions();
    }

    @Bean
    ServletContextInitializer ssoLogoutServletContext(MemorySessions sessions) {
      return sessions::register;
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({ClientRegistrationRepository.class, WebSocketHandlerMapping.class})
  @ConditionalOnBean(ClientRegistrationRepository.class)
  static class WebSockets {
    @Bean
    static WebSocketConnections ssoLogoutWebSocketConnections(
        ObjectProvider<EndedSsoSessions> ended) {
      return new WebSocketConnections(ended::getObject);
    }
  }

  /** Where access tokens come in. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Jwt.class, BearerTokenAuthenticationToken.class})
  @ConditionalOnProperty(name = "sso-logout.ended-sessions.enabled", matchIfMissing = true)
  @Conditional(ResourceServer.Configured.class)
  static class ResourceServer {
    private static final String ISSUER = "spring.security.oauth2.resourceserver.jwt.issuer-uri";
    private static final String JWK_SET = "spring.security.oauth2.resourceserver.jwt.jwk-set-uri";

    /** Only a resource server has an issuer, or a place of keys. */
    static class Configured extends AnyNestedCondition {
      Configured() {
        super(ConfigurationPhase.PARSE_CONFIGURATION);
      }

      @ConditionalOnProperty(ISSUER)
      static class Issuer {}

      @ConditionalOnProperty(JWK_SET)
      static class JwkSet {}
    }

    @Bean
    @ConditionalOnMissingBean
    EndedSessions ssoLogoutEndedSessions(
        SsoLogoutRedis redis, SsoLogoutProperties properties, Environment environment) {
      EndedSessions.Builder sessions =
          EndedSessions.builder()
              .redis(redis)
              .prefix(properties.prefix())
              .whenUnreachable(properties.endedSessions().whenUnreachable())
              .cacheTime(properties.endedSessions().cacheTime());
      String issuer =
          properties.issuer() != null ? properties.issuer() : environment.getProperty(ISSUER);
      if (properties.realm() != null) {
        return sessions.realm(properties.realm()).start();
      }
      if (issuer == null) {
        throw new IllegalArgumentException("sso-logout.realm: is needed, as no issuer names it");
      }
      return sessions.issuer(issuer).start();
    }

    @Bean
    @ConditionalOnMissingBean
    EndedSessionTokenValidator ssoLogoutTokenValidator(EndedSessions sessions) {
      return new EndedSessionTokenValidator(sessions);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(HealthIndicator.class)
  static class HealthOfIt {
    @Bean
    @ConditionalOnEnabledHealthIndicator("sso-logout")
    SsoLogoutHealthIndicator ssoLogoutHealthIndicator(
        ObjectProvider<LogoutSubscriptions> subscriptions,
        ObjectProvider<BackChannelLogouts> logouts,
        ObjectProvider<EndedSessions> ended) {
      return new SsoLogoutHealthIndicator(
          subscriptions.getIfAvailable(), logouts.getIfAvailable(), ended.getIfAvailable());
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterBinder.class)
  static class Metrics {
    @Bean
    SsoLogoutMetrics ssoLogoutMetrics(
        ObjectProvider<LogoutSubscriptions> subscriptions, ObjectProvider<EndedSessions> ended) {
      return new SsoLogoutMetrics(subscriptions.getIfAvailable(), ended.getIfAvailable());
    }
  }
}
