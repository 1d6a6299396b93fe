package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.test.web.servlet.setup.SecurityMockMvcConfigurers.springSecurity;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.web.MockServletContext;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** Our logout tokens are what Spring Security's own back-channel logout accepts. */
@IntegrationTest
class SpringSecurityTest {

  @Test
  void acceptsTheLogoutTokenOfItsClientAndNoOther(TestRealm realm) throws Exception {
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    login.logout();

    realm.messages().awaitOne();
    try (AnnotationConfigWebApplicationContext application = application(realm.issuer())) {
      MockMvc app = MockMvcBuilders.webAppContextSetup(application).apply(springSecurity()).build();
      String token = realm.messages().logoutToken("shop", login.sid());
      assertThat(status(app, token)).isEqualTo(200);
      assertThat(status(app, realm.messages().logoutToken("blog", login.sid()))).isEqualTo(400);
      assertThat(status(app, login.idToken())).isEqualTo(400);
      assertThat(status(app, token.substring(0, token.lastIndexOf('.')) + ".forged"))
          .isEqualTo(400);
    }
  }

  private static int status(MockMvc app, String logoutToken) throws Exception {
    return app.perform(
            post("/logout/connect/back-channel/keycloak").param("logout_token", logoutToken))
        .andReturn()
        .getResponse()
        .getStatus();
  }

  private static AnnotationConfigWebApplicationContext application(URI issuer) {
    String endpoints = issuer + "/protocol/openid-connect/";
    ClientRegistration shop =
        ClientRegistration.withRegistrationId("keycloak")
            .clientId("shop")
            .clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
            .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
            .redirectUri("{baseUrl}/login/oauth2/code/{registrationId}")
            .scope("openid")
            .issuerUri(issuer.toString())
            .authorizationUri(endpoints + "auth")
            .tokenUri(endpoints + "token")
            .jwkSetUri(endpoints + "certs")
            .build();
    AnnotationConfigWebApplicationContext application = new AnnotationConfigWebApplicationContext();
    application.setServletContext(new MockServletContext());
    application.register(App.class);
    application.addBeanFactoryPostProcessor(
        beans ->
            beans.registerSingleton(
                "registrations", new InMemoryClientRegistrationRepository(shop)));
    application.refresh();
    return application;
  }

  @Configuration
  @EnableWebMvc
  @EnableWebSecurity
  static class App {
    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
      return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
          .oauth2Login(Customizer.withDefaults())
          .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
          .build();
    }
  }
}
