package dev.ssologout.testsuite;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
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

  /** Revokes the refresh token, or the offline token, as RFC 7009 has it. */
  void revoke() {
    revoke(refreshToken);
  }

  /** Revokes a token of this login. */
  void revoke(String token) {
    UserAgent.expect(
        userAgent.post(userAgent.endpoint("revoke"), Map.of("client_id", clientId, "token", token)),
        200);
  }

  /** What is told of this login's session when it ends. */
  Ending.Session online(String... clients) {
    return new Ending.Session(sid, sub, false, List.of(clients));
  }

  /** What is told of the offline session of this login when it ends. */
  Ending.Session offline(String... clients) {
    return new Ending.Session(sid, sub, true, List.of(clients));
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
        "Bearer " + accessToken,
        // Else this is the account console's page.
        "Accept",
        "application/json");
  }
}
