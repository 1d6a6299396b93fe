package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.ssologout.message.SessionEnded;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.ProtocolMapperRepresentation;

/** OpenID Connect Back-Channel Logout 1.0 section 2.4, verified by a library that is not ours. */
@IntegrationTest
class LogoutTokenTest {

  @Test
  void isWhatTheStandardAsksForAndVerifiesByTheRealmsKeys(TestRealm realm) throws Exception {
    Login login = realm.signIn("alice", "shop");

    login.logout();

    realm.messages().awaitOne();
    JWTClaimsSet claims = verify(realm, "shop", login.sid(), JWSAlgorithm.RS256);
    assertThat(claims.getSubject()).isEqualTo(login.sub());
    assertThat(claims.getStringClaim("sid")).isEqualTo(login.sid());
    assertThat(claims.getJSONObjectClaim("events"))
        .isEqualTo(Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()));
    assertThat(claims.getClaims()).doesNotContainKey("nonce");
    assertThat(claims.getJWTID()).isNotBlank();
  }

  @Test
  void isOnNoOtherChannelThanItsClients(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    login.logout();

    assertThat(realm.messages().awaitOne().logoutToken()).isNull();
    assertThat(realm.messages().logoutToken("shop", login.sid()))
        .isNotEqualTo(realm.messages().logoutToken("blog", login.sid()));
  }

  @Test
  void isSignedInTheAlgorithmOfTheClientsIdTokens(Stack stack) throws Exception {
    try (TestRealm realm =
        stack.createRealm(
            settings ->
                settings
                    .getClients()
                    .get(0)
                    .getAttributes()
                    .put("id.token.signed.response.alg", "PS512"))) {
      Login login = realm.signIn("alice", "shop");

      login.logout();

      realm.messages().awaitOne();
      verify(realm, "shop", login.sid(), JWSAlgorithm.PS512);
    }
  }

  @Test
  void isMissingForAClientThatCannotHaveOneAndForNoOther(Stack stack, TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");
    realm.updateClient(
        "shop", client -> client.getAttributes().put("id.token.signed.response.alg", "unheard-of"));
    int before = stack.log().length();

    login.logout();

    realm.messages().awaitOne();
    assertThat(realm.messages().logoutToken("shop", login.sid())).isNull();
    assertThat(realm.messages().logoutToken("blog", login.sid())).isNotNull();
    stack.awaitLog(
        before, " WARN ", "Client shop of realm " + realm.name(), "without a logout token");
  }

  @Test
  void tellsAClientWithPairwiseSubjectsTheSubThatItKnows(Stack stack) throws Exception {
    try (TestRealm realm =
        stack.createRealm(
            settings -> {
              ClientRepresentation shop = settings.getClients().get(0);
              shop.setProtocolMappers(List.of(pairwise()));
            })) {
      Login atShop = realm.signIn("alice", "shop");
      atShop.userAgent().alsoAt("blog");
      assertThat(atShop.sub()).isNotEqualTo(realm.userId("alice"));

      atShop.logout();

      SessionEnded message = realm.messages().awaitOne();
      assertThat(message.sub()).isEqualTo(realm.userId("alice"));
      assertThat(realm.messages().all("shop"))
          .singleElement()
          .returns(atShop.sub(), SessionEnded::sub);
      assertThat(verify(realm, "shop", atShop.sid(), JWSAlgorithm.RS256).getSubject())
          .isEqualTo(atShop.sub());
      assertThat(realm.messages().all("blog"))
          .filteredOn(m -> m.sid().equals(atShop.sid()))
          .singleElement()
          .returns(realm.userId("alice"), SessionEnded::sub);
    }
  }

  private static ProtocolMapperRepresentation pairwise() {
    ProtocolMapperRepresentation mapper = new ProtocolMapperRepresentation();
    mapper.setName("pairwise");
    mapper.setProtocol("openid-connect");
    mapper.setProtocolMapper("oidc-sha256-pairwise-sub-mapper");
    mapper.setConfig(Map.of("pairwiseSubAlgorithmSalt", "salt"));
    return mapper;
  }

  private static JWTClaimsSet verify(
      TestRealm realm, String clientId, String sid, JWSAlgorithm algorithm) throws Exception {
    JWKSource<SecurityContext> keys =
        JWKSourceBuilder.create(
                java.net.URI.create(realm.issuer() + "/protocol/openid-connect/certs").toURL())
            .build();
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("logout+jwt")));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithm, keys));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            Set.of(clientId),
            new JWTClaimsSet.Builder().issuer(realm.issuer().toString()).build(),
            Set.of("iss", "aud", "sub", "iat", "exp", "jti", "events", "sid"),
            Set.of("nonce")));
    return processor.process(realm.messages().logoutToken(clientId, sid), null);
  }
}
