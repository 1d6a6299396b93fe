package dev.ssologout.demo.relyingparty;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.HttpStatusEntryPoint;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.session.data.redis.config.annotation.web.http.EnableRedisHttpSession;
import org.springframework.session.web.http.CookieSerializer;
import org.springframework.session.web.http.DefaultCookieSerializer;

/** Who may do what; users sign in at Keycloak, and their HTTP sessions are in Redis. */
@Configuration(proxyBeanMethods = false)
@EnableRedisHttpSession(redisNamespace = "demo:${CLIENT_ID}:session")
class SecurityConfiguration {
  static final String REGISTRATION = "keycloak";

  /** A page of another origin does not get here, though its links bring the cookie along. */
  private static final Set<String> OWN_PAGES = Set.of("same-origin", "none");

  @Bean
  SecurityFilterChain security(
      HttpSecurity http, AppSettings settings, Keycloak keycloak, AuditLog audit) {
    return http.authorizeHttpRequests(
            requests ->
                requests
                    .requestMatchers("/api/user", "/api/sessions", "/api/events", "/api/sso-ticket")
                    .authenticated()
                    .anyRequest()
                    .permitAll())
        .exceptionHandling(
            handling ->
                handling.defaultAuthenticationEntryPointFor(
                    new HttpStatusEntryPoint(HttpStatus.UNAUTHORIZED),
                    PathPatternRequestMatcher.withDefaults().matcher("/api/**")))
        .oauth2Login(
            login ->
                login
                    .loginPage("/auth/login")
                    .authorizationEndpoint(endpoint -> endpoint.baseUri("/auth/login"))
                    .redirectionEndpoint(endpoint -> endpoint.baseUri("/auth/callback"))
                    .defaultSuccessUrl("/", true)
                    .failureHandler(
                        (request, response, e) -> {
                          audit.signInFailed(request, error(e));
                          response.sendRedirect("/?sign-in=failed");
                        }))
        .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
        .logout(
            logout ->
                logout
                    .logoutRequestMatcher(SecurityConfiguration::isSignOut)
                    .addLogoutHandler(
                        (request, response, user) -> {
                          boolean everywhere = user != null && keycloak.endSession(user, request);
                          audit.signedOut(request, sid(user), everywhere);
                        })
                    .logoutSuccessHandler(
                        (request, response, user) -> {
                          if (HttpMethod.POST.matches(request.getMethod())) {
                            response.setStatus(HttpStatus.NO_CONTENT.value());
                          } else {
                            response.sendRedirect("/signed-out.html");
                          }
                        }))
        // Called by pages whose session has just ended; it changes nothing.
        .csrf(csrf -> csrf.ignoringRequestMatchers("/api/heard"))
        .headers(
            headers ->
                headers
                    .contentSecurityPolicy(csp -> csp.policyDirectives(policy(settings)))
                    // For browsers without frame-ancestors.
                    .frameOptions(frame -> frame.sameOrigin())
                    .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN)))
        .build();
  }

  /** By POST with the CSRF token, or by the address itself. */
  private static boolean isSignOut(HttpServletRequest request) {
    if (!request.getRequestURI().equals("/auth/logout")) {
      return false;
    }
    String from = request.getHeader("Sec-Fetch-Site");
    return HttpMethod.POST.matches(request.getMethod())
        || HttpMethod.GET.matches(request.getMethod())
            && (from == null || OWN_PAGES.contains(from));
  }

  private static String policy(AppSettings settings) {
    String keycloak = AppSettings.origin(settings.issuer());
    return String.join(
        "; ",
        "default-src 'none'",
        "script-src 'self' " + keycloak,
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self' " + keycloak,
        "frame-src 'self' " + keycloak,
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "form-action 'self'");
  }

  private static String sid(Authentication user) {
    return user != null && user.getPrincipal() instanceof OidcUser oidc
        ? oidc.getClaimAsString("sid")
        : null;
  }

  private static String error(Exception e) {
    return e instanceof OAuth2AuthenticationException refused
        ? refused.getError().getErrorCode()
        : e.getClass().getSimpleName();
  }

  /** With the HTTP session, so that every replica has the tokens. */
  @Bean
  OAuth2AuthorizedClientRepository authorizedClients() {
    return new HttpSessionOAuth2AuthorizedClientRepository();
  }

  @Bean
  OAuth2AuthorizedClientManager authorizedClientManager(
      ClientRegistrationRepository registrations, OAuth2AuthorizedClientRepository clients) {
    DefaultOAuth2AuthorizedClientManager manager =
        new DefaultOAuth2AuthorizedClientManager(registrations, clients);
    manager.setAuthorizedClientProvider(
        OAuth2AuthorizedClientProviderBuilder.builder().authorizationCode().refreshToken().build());
    return manager;
  }

  /** A name for each app, as browsers give a cookie to every port of a host. */
  @Bean
  CookieSerializer cookies(AppSettings settings) {
    DefaultCookieSerializer cookies = new DefaultCookieSerializer();
    cookies.setCookieName("SESSION_" + settings.clientId());
    cookies.setUseHttpOnlyCookie(true);
    cookies.setSameSite("Lax");
    return cookies;
  }
}
