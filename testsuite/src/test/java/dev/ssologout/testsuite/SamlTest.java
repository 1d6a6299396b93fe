package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.ClientRepresentation;

/** Single logout of sessions that a SAML service provider takes part in. */
@IntegrationTest
class SamlTest {
  private static final String WIKI = "wiki";

  @Test
  void tellsOfALogoutThatTheServiceProviderBegins(TestRealm realm) {
    Ending ending = Ending.by("SAML logout at a service provider, in the browser", realm);
    addWiki(realm);
    UserAgent browser = realm.userAgent();
    SamlClient wiki = SamlClient.signIn(WIKI, "alice", browser);
    browser.alsoAt("shop");

    browser.follow(wiki.logout());

    ending.tells(Reason.LOGOUT, Initiator.USER, session(realm, wiki, "shop", WIKI));
  }

  @Test
  void tellsOfALogoutThatTheServiceProviderBeginsWithoutCookies(TestRealm realm) {
    Ending ending = Ending.by("SAML logout at a service provider, cookies gone", realm);
    addWiki(realm);
    UserAgent browser = realm.userAgent();
    SamlClient wiki = SamlClient.signIn(WIKI, "alice", browser);
    browser.alsoAt("shop");

    browser.clearCookies();
    browser.follow(wiki.logout());

    ending.tells(Reason.LOGOUT, Initiator.USER, session(realm, wiki, "shop", WIKI));
  }

  @Test
  void tellsOfALogoutThatKeycloakPassesOnToTheServiceProvider(TestRealm realm) {
    Ending ending = Ending.by("logout at an app, passed on to a SAML service provider", realm);
    addWiki(realm);
    Login login = realm.signIn("alice", "shop");
    SamlClient wiki = SamlClient.signIn(WIKI, "alice", login.userAgent());
    assertThat(wiki.sid()).isEqualTo(login.sid());

    HttpResponse<String> request =
        login
            .userAgent()
            .get(
                login.userAgent().endpoint("logout"),
                Map.of(
                    "id_token_hint",
                    login.idToken(),
                    "post_logout_redirect_uri",
                    TestRealm.redirectUri("shop")));
    assertThat(login.userAgent().hiddenFields(request)).containsKey("SAMLRequest");
    wiki.agree();

    ending.tells(Reason.LOGOUT, Initiator.USER, login.online("shop", WIKI));
  }

  private static void addWiki(TestRealm realm) {
    ClientRepresentation wiki = SamlClient.representation(WIKI);
    // By redirect it answers, by POST it asks, as the login was answered.
    for (String binding : List.of("redirect", "post")) {
      wiki.getAttributes()
          .put("saml_single_logout_service_url_" + binding, TestRealm.redirectUri("saml"));
    }
    Stack.succeeded(realm.admin().clients().create(wiki));
  }

  private static Ending.Session session(TestRealm realm, SamlClient client, String... clients) {
    return new Ending.Session(client.sid(), realm.userId("alice"), false, List.of(clients));
  }
}
