package dev.ssologout.testsuite;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.IdentityProviderRepresentation;

/**
 * Sessions of users who come from an identity provider, which here is a second realm of the same
 * server, where {@code carol} has her account.
 */
@IntegrationTest
class IdentityProviderTest {
  private static final String ALIAS = "upstream";
  private static final String SECRET = "s3cret";

  private TestRealm realm;
  private TestRealm upstream;

  @BeforeEach
  void createRealms(Stack stack) {
    realm = stack.createRealm();
    upstream = stack.createRealm(settings -> settings.getUsers().add(TestRealm.user("carol")));
  }

  @AfterEach
  void removeRealms() {
    upstream.close();
    realm.close();
  }

  @Test
  void tellsOfABackChannelLogoutFromUpstream() {
    Ending ending = Ending.by("back-channel logout from the identity provider", realm);
    trustByOidc("oidc", client -> backChannelLogout(client, false));
    Login login = signInCarol("openid");
    login.userAgent().alsoAt("blog");

    upstream.admin().users().get(upstream.userId("carol")).logout();

    ending.tells(Reason.IDP_LOGOUT, Initiator.SYSTEM, login.online("blog", "shop"));
  }

  @Test
  void tellsOfABackChannelLogoutFromUpstreamThatRevokesOfflineAccess() {
    Ending ending =
        Ending.by("back-channel logout from the identity provider, offline access revoked", realm);
    trustByOidc("oidc", client -> backChannelLogout(client, true));
    Login online = signInCarol("openid");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    upstream.admin().users().get(upstream.userId("carol")).logout();

    ending.tells(
        Reason.IDP_LOGOUT,
        Initiator.SYSTEM,
        online.online("blog", "shop"),
        offline.offline("blog"));
  }

  @Test
  void tellsOfAnOfflineSessionThatABackChannelLogoutFromUpstreamRevokes() {
    Ending ending =
        Ending.by(
            "offline session revoked by back-channel logout from the identity provider", realm);
    trustByOidc("oidc", client -> backChannelLogout(client, true));
    Login offline = signInCarol(UserAgent.OFFLINE_SCOPE);

    upstream.admin().users().get(upstream.userId("carol")).logout();

    ending.tells(Reason.IDP_LOGOUT, Initiator.SYSTEM, offline.offline("shop"));
  }

  /** The way of Keycloak's own client adapters, which an upstream Keycloak still speaks. */
  @Test
  void tellsOfAnAdminUrlPushFromUpstream() {
    Ending ending = Ending.by("`k_logout` from an upstream Keycloak", realm);
    trustByOidc("keycloak-oidc", client -> client.setAdminUrl(brokerEndpoint()));
    Login login = signInCarol("openid");
    login.userAgent().alsoAt("blog");

    upstream.admin().users().get(upstream.userId("carol")).logout();

    ending.tells(Reason.IDP_LOGOUT, Initiator.SYSTEM, login.online("blog", "shop"));
  }

  @Test
  void tellsOfASamlLogoutFromUpstream() {
    Ending ending = Ending.by("SAML logout from the identity provider", realm);
    trustBySaml();
    Login login = signInCarol("openid");
    login.userAgent().alsoAt("blog");

    upstream.admin().users().get(upstream.userId("carol")).logout();

    ending.tells(Reason.IDP_LOGOUT, Initiator.SYSTEM, login.online("blog", "shop"));
  }

  @Test
  void tellsOnceOfALogoutThatGoesUpstreamToo() {
    Ending ending = Ending.by("logout at an app, passed on to the identity provider", realm);
    Ending above = Ending.by("the same, told by the identity provider", upstream);
    trustByOidc(
        "oidc", client -> upstream.stack().relyingParties().listen(upstream.name(), client));
    Login login = signInCarol("openid");
    String upstreamSid = upstreamSession();

    HttpResponse<String> answer =
        login
            .userAgent()
            .get(
                login.userAgent().endpoint("logout"),
                Map.of(
                    "id_token_hint",
                    login.idToken(),
                    "post_logout_redirect_uri",
                    TestRealm.redirectUri("shop")));
    UserAgent.expect(login.userAgent().follow(answer), 302);

    ending.tells(Reason.LOGOUT, Initiator.USER, login.online("shop"));
    above.tells(
        Reason.LOGOUT,
        Initiator.USER,
        new Ending.Session(upstreamSid, upstream.userId("carol"), false, List.of(ALIAS)));
  }

  @Test
  void tellsOnceOfALogoutThatGoesUpstreamAndComesBack() {
    Ending ending =
        Ending.by("logout at an app, passed on to the identity provider, which calls back", realm);
    trustByOidc("oidc", client -> backChannelLogout(client, false));
    Login login = signInCarol("openid");

    HttpResponse<String> answer =
        login
            .userAgent()
            .get(
                login.userAgent().endpoint("logout"),
                Map.of(
                    "id_token_hint",
                    login.idToken(),
                    "post_logout_redirect_uri",
                    TestRealm.redirectUri("shop")));
    login.userAgent().follow(answer);

    ending.tells(Reason.IDP_LOGOUT, Initiator.SYSTEM, login.online("shop"));
  }

  @Test
  void tellsOfTheSessionOfAUserWhoReturnsAfterTheIdentityProviderWasRemoved() {
    Ending ending = Ending.by("identity provider removed, its user returns", realm);
    trustByOidc("oidc", client -> {});
    Login login = signInCarol("openid");
    realm.admin().identityProviders().get(ALIAS).remove();

    UserAgent.expect(login.userAgent().authorize("blog", Map.of()), 200);

    ending.tells(Reason.IDP_LOGOUT, Initiator.SYSTEM, login.online("shop"));
  }

  @Test
  void tellsOfTheSessionThatIsRefreshedAfterTheIdentityProviderWasRemoved() {
    Ending ending = Ending.by("identity provider removed, refresh token used", realm);
    trustByOidc("oidc", client -> {});
    Login login = signInCarol("openid");
    realm.admin().identityProviders().get(ALIAS).remove();

    UserAgent.expect(login.refresh(), 400);

    ending.tells(Reason.IDP_LOGOUT, Initiator.SYSTEM, login.online("shop"));
  }

  private String upstreamSession() {
    return upstream.admin().users().get(upstream.userId("carol")).getUserSessions().get(0).getId();
  }

  private String brokerEndpoint() {
    return realm.issuer() + "/broker/" + ALIAS + "/endpoint";
  }

  private void backChannelLogout(ClientRepresentation client, boolean revokeOfflineAccess) {
    client
        .getAttributes()
        .put(
            "backchannel.logout.url",
            realm.issuer() + "/protocol/openid-connect/logout/backchannel-logout");
    client.getAttributes().put("backchannel.logout.session.required", "true");
    client
        .getAttributes()
        .put("backchannel.logout.revoke.offline.tokens", Boolean.toString(revokeOfflineAccess));
  }

  private void trustByOidc(String providerId, Consumer<ClientRepresentation> settings) {
    ClientRepresentation client = TestRealm.client(ALIAS);
    client.setPublicClient(false);
    client.setSecret(SECRET);
    client.setRedirectUris(List.of(brokerEndpoint(), brokerEndpoint() + "/*"));
    client.getAttributes().put("post.logout.redirect.uris", brokerEndpoint() + "/*");
    settings.accept(client);
    Stack.succeeded(upstream.admin().clients().create(client));
    String protocol = upstream.issuer() + "/protocol/openid-connect";
    Map<String, String> config = new HashMap<>();
    config.put("clientId", ALIAS);
    config.put("clientSecret", SECRET);
    config.put("clientAuthMethod", "client_secret_post");
    config.put("authorizationUrl", protocol + "/auth");
    config.put("tokenUrl", protocol + "/token");
    config.put("logoutUrl", protocol + "/logout");
    config.put("jwksUrl", protocol + "/certs");
    config.put("issuer", upstream.issuer().toString());
    config.put("useJwksUrl", "true");
    config.put("validateSignature", "true");
    config.put("backchannelSupported", "true");
    config.put("defaultScope", "openid profile email");
    trust(providerId, config);
  }

  private void trustBySaml() {
    ClientRepresentation client = SamlClient.representation(realm.issuer().toString());
    client.setFrontchannelLogout(false);
    client.setRedirectUris(List.of(brokerEndpoint()));
    client.getAttributes().put("saml_single_logout_service_url_post", brokerEndpoint());
    client.getAttributes().put("saml_assertion_consumer_url_post", brokerEndpoint());
    Stack.succeeded(upstream.admin().clients().create(client));
    Map<String, String> config = new HashMap<>();
    config.put("entityId", realm.issuer().toString());
    config.put("idpEntityId", upstream.issuer().toString());
    config.put("singleSignOnServiceUrl", upstream.issuer() + "/protocol/saml");
    config.put("singleLogoutServiceUrl", upstream.issuer() + "/protocol/saml");
    config.put("postBindingResponse", "true");
    config.put("postBindingAuthnRequest", "false");
    config.put("postBindingLogout", "true");
    config.put("nameIDPolicyFormat", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
    trust("saml", config);
  }

  private void trust(String providerId, Map<String, String> config) {
    IdentityProviderRepresentation provider = new IdentityProviderRepresentation();
    provider.setAlias(ALIAS);
    provider.setProviderId(providerId);
    provider.setEnabled(true);
    provider.setTrustEmail(true);
    provider.setConfig(config);
    Stack.succeeded(realm.admin().identityProviders().create(provider));
  }

  /** Signs carol in at the shop, by way of the identity provider. */
  private Login signInCarol(String scope) {
    UserAgent browser = realm.userAgent();
    HttpResponse<String> page =
        browser.follow(browser.authorize("shop", Map.of("kc_idp_hint", ALIAS, "scope", scope)));
    UserAgent.expect(page, 200);
    HttpResponse<String> answer =
        browser.follow(browser.submit(page, Map.of("username", "carol", "password", "carol")));
    if (answer.statusCode() == 200 && browser.hiddenFields(answer).containsKey("SAMLResponse")) {
      answer = browser.follow(browser.submit(answer, Map.of()));
    }
    if (answer.statusCode() == 200) {
      // A SAML assertion brought the name alone.
      answer =
          browser.follow(
              browser.submit(
                  answer,
                  Map.of(
                      "username",
                      "carol",
                      "email",
                      "carol@example.org",
                      "firstName",
                      "carol",
                      "lastName",
                      "Example")));
    }
    UserAgent.expect(answer, 302);
    return browser.tokens("shop", answer);
  }
}
