package dev.ssologout.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The realm file for the platform's eight apps, in the real Keycloak. */
class MaxPlatformTest {
  private static final String SCOPES = "openid read:profile read:groups manage:workflows";

  private Stage stage;

  @BeforeEach
  void start() {
    stage = RunningDemo.stage();
  }

  private SsoUser user(String name) {
    return new SsoUser(stage.places().keycloak(), RealmFiles.MAX_PLATFORM, name);
  }

  @ParameterizedTest
  @CsvSource({
    "maxlab, 3010",
    "maxteamsync, 3015",
    "maxworkspace, 3020",
    "maxqueryhub, 3025",
    "maxllm, 3030",
    "maxapa, 3035",
    "maxmlops, 3040"
  })
  void givesEachAppTokensWithItsScopes(String client, int port) {
    JsonObject tokens =
        user("bob").tokens(client, "http://localhost:" + port + "/oauth/callback", SCOPES, null);
    assertThat(tokens.get("scope").getAsString().split(" ")).contains(SCOPES.split(" "));
    assertThat(tokens.has("refresh_token")).isTrue();
  }

  @Test
  void tellsTheClaimsOfTheUser() {
    SsoUser bob = user("bob");
    String back = "http://localhost:3010/oauth/callback";
    JsonObject claims =
        bob.userInfo(bob.tokens("maxlab", back, SCOPES, null).get("access_token").getAsString());
    assertThat(claims.get("email").getAsString()).isEqualTo("bob@demo.test");
    assertThat(claims.get("name").getAsString()).isEqualTo("Bob Demo");
    assertThat(claims.getAsJsonArray("groups").toString()).isEqualTo("[\"developers\"]");
    assertThat(claims.get("is_admin").getAsBoolean()).isFalse();
    assertThat(claims.get("group_id").getAsString()).isEqualTo("developers");
    assertThat(claims.get("group_name").getAsString()).isEqualTo("Developers");
    assertThat(claims.get("role_id").getAsString()).isEqualTo("developer");
    assertThat(claims.get("role_name").getAsString()).isEqualTo("Developer");

    claims =
        bob.userInfo(bob.tokens("maxlab", back, "openid", null).get("access_token").getAsString());
    assertThat(claims.keySet())
        .as("claims of scopes that were not asked for")
        .doesNotContain("groups", "is_admin", "group_id", "role_id");
  }

  @Test
  void refreshTokensAreGoodOnce() {
    SsoUser alice = user("alice");
    JsonObject tokens =
        alice.tokens("maxlab", "http://localhost:3010/oauth/callback", SCOPES, null);
    Map<String, String> refresh =
        Map.of(
            "grant_type",
            "refresh_token",
            "client_id",
            "maxlab",
            "refresh_token",
            tokens.get("refresh_token").getAsString());
    HttpResponse<String> first = alice.post("token", refresh);
    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(JsonParser.parseString(first.body()).getAsJsonObject().get("refresh_token"))
        .isNotEqualTo(tokens.get("refresh_token"));
    assertThat(alice.post("token", refresh).statusCode()).isEqualTo(400);
  }

  @Test
  void noCodeWithoutPkce() {
    HttpResponse<String> answer =
        new Browser()
            .get(
                URI.create(
                    stage.places().issuer(RealmFiles.MAX_PLATFORM)
                        + "/protocol/openid-connect/auth?"
                        + Browser.encode(
                            Map.of(
                                "response_type",
                                "code",
                                "client_id",
                                "maxlab",
                                "redirect_uri",
                                "http://localhost:3010/oauth/callback",
                                "scope",
                                "openid"))));
    assertThat(answer.headers().firstValue("Location").orElse(""))
        .startsWith("http://localhost:3010/oauth/callback?")
        .contains("error=invalid_request");
  }

  @Test
  void theSinglePageAppIsAmongTheApps() {
    assumeTrue(stage.places().hasStudio(), "needs npm, and oidc-client-ts from its registry");
    String back = stage.places().page(Places.STUDIO) + "/oauth/callback";
    assertThat(user("alice").tokens(Studio.CLIENT, back, SCOPES, null).keySet())
        .containsAll(List.of("access_token", "refresh_token", "id_token"));
  }
}
