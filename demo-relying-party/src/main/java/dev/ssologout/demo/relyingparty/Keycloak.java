package dev.ssologout.demo.relyingparty;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.stereotype.Component;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.util.UriComponentsBuilder;

/** What the app asks of Keycloak for a user, with tokens that never leave the server. */
@Component
final class Keycloak {
  private static final Logger LOG = LoggerFactory.getLogger(Keycloak.class);
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final OAuth2AuthorizedClientManager clients;
  private final OAuth2AuthorizedClientRepository stored;
  private final AppSettings settings;
  private final RestClient http;

  Keycloak(
      OAuth2AuthorizedClientManager clients,
      OAuth2AuthorizedClientRepository stored,
      AppSettings settings) {
    this.clients = clients;
    this.stored = stored;
    this.settings = settings;
    JdkClientHttpRequestFactory factory = new JdkClientHttpRequestFactory();
    factory.setReadTimeout(LIMIT);
    this.http = RestClient.builder().requestFactory(factory).build();
  }

  /**
   * Ends the user's SSO session, for every app in it, by the refresh token: as it stands in no
   * address, and is good for as long as the session.
   *
   * @return whether that was done, or had been before
   */
  boolean endSession(Authentication user, HttpServletRequest request) {
    OAuth2AuthorizedClient client =
        stored.loadAuthorizedClient(SecurityConfiguration.REGISTRATION, user, request);
    if (client == null || client.getRefreshToken() == null) {
      return false;
    }
    MultiValueMap<String, String> form = new LinkedMultiValueMap<>();
    form.add("client_id", client.getClientRegistration().getClientId());
    form.add("client_secret", client.getClientRegistration().getClientSecret());
    form.add("refresh_token", client.getRefreshToken().getTokenValue());
    try {
      HttpStatusCode status =
          http.post()
              .uri(settings.issuer() + "/protocol/openid-connect/logout")
              .contentType(MediaType.APPLICATION_FORM_URLENCODED)
              .body(form)
              .exchange((sent, answer) -> answer.getStatusCode());
      // 400: the session is over.
      return status.is2xxSuccessful() || status.value() == 400;
    } catch (RestClientException e) {
      LOG.warn("Keycloak could not be asked to end a session: {}", e.getMessage());
      return false;
    }
  }

  /** A ticket for the app's page to open a stream with; none if the session is over. */
  Optional<Object> ticket(
      Authentication user, HttpServletRequest request, HttpServletResponse response) {
    return accessToken(user, request, response)
        .map(
            token ->
                http.post()
                    .uri(
                        UriComponentsBuilder.fromUri(settings.issuer())
                            .path("/logout-broadcaster/ticket")
                            .queryParam("origin", AppSettings.origin(settings.url()))
                            .build()
                            .toUri())
                    .headers(headers -> headers.setBearerAuth(token))
                    .exchange(
                        (sent, answer) ->
                            answer.getStatusCode().is2xxSuccessful()
                                ? answer.bodyTo(Map.class)
                                : null));
  }

  /** The user's access token, renewed if it has expired. */
  private Optional<String> accessToken(
      Authentication user, HttpServletRequest request, HttpServletResponse response) {
    try {
      OAuth2AuthorizedClient client =
          clients.authorize(
              OAuth2AuthorizeRequest.withClientRegistrationId(SecurityConfiguration.REGISTRATION)
                  .principal(user)
                  .attribute(HttpServletRequest.class.getName(), request)
                  .attribute(HttpServletResponse.class.getName(), response)
                  .build());
      return Optional.ofNullable(client).map(each -> each.getAccessToken().getTokenValue());
    } catch (OAuth2AuthorizationException e) {
      // The session is over, and no token can be renewed.
      LOG.debug("No access token: {}", e.getError().getErrorCode());
      return Optional.empty();
    }
  }
}
