package dev.ssologout.testsuite;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;

/**
 * One client's part of an SSO session: what the client got when the user signed in.
 *
 * @param sid the {@code sid} claim of the ID token
 * @param sub the {@code sub} claim of the ID token
 */
record Login(
    UserAgent userAgent,
    String clientId,
    String sid,
    String sub,
    String idToken,
    String accessToken,
    String refreshToken) {

  /** Signs out in the browser as an app does: RP-initiated, with the ID token as a hint. */
  void logout() {
    HttpResponse<String> response =
        userAgent.get(
            userAgent.endpoint("logout"),
            Map.of(
                "id_token_hint",
                idToken,
                "post_logout_redirect_uri",
                TestRealm.redirectUri(clientId)));
    UserAgent.expect(response, 302);
  }

  /** Signs out as a client without a browser does, by its refresh token. */
  HttpResponse<String> logoutByRefreshToken() {
    return userAgent.post(
        userAgent.endpoint("logout"), Map.of("client_id", clientId, "refresh_token", refreshToken));
  }

  /** Asks for new tokens, as a client does to stay signed in. */
  HttpResponse<String> refresh() {
    return userAgent.post(
        userAgent.endpoint("token"),
        Map.of(
            "grant_type", "refresh_token", "client_id", clientId, "refresh_token", refreshToken));
  }

  /** Calls the account API with this login's access token. */
  HttpResponse<String> callAccount(String method, String path) {
    return userAgent.call(
        method,
        URI.create(userAgent.realm().issuer() + "/account" + path),
        "Authorization",
        "Bearer " + accessToken);
  }
}
