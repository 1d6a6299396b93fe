package dev.ssologout.benchmark;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The browser of one user, who signs in and out as people do. For one thread. */
final class UserAgent {
  private static final Pattern FORM_ACTION = Pattern.compile("<form[^>]*\\saction=\"([^\"]+)\"");
  private static final Pattern CODE = Pattern.compile("[?&]code=([^&]+)");

  private final Realm realm;
  private final Http http = new Http();

  /** What the client has of a session that it is signed in to. */
  record SignedIn(String sid, String idToken, String accessToken) {}

  UserAgent(Realm realm) {
    this.realm = realm;
  }

  /** Begins a session by the password form, at the first so many clients of the realm. */
  SignedIn signIn(int clients) {
    http.forgetCookies();
    HttpResponse<String> page = Http.expect(200, authorize(1));
    Matcher form = FORM_ACTION.matcher(page.body());
    if (!form.find()) {
      throw new IllegalStateException("no form on the page of the login");
    }
    SignedIn first =
        tokens(
            1,
            http.post(
                URI.create(form.group(1).replace("&amp;", "&")),
                Map.of("username", Realm.USER, "password", Realm.USER)));
    for (int client = 2; client <= clients; client++) {
      tokens(client, authorize(client));
    }
    return first;
  }

  /** Begins a session at the first client by the password grant, in one request. */
  SignedIn passwordGrant() {
    return signedIn(
        http.post(
            realm.endpoint("token"),
            Map.of(
                "grant_type",
                "password",
                "client_id",
                Realm.clientId(1),
                "username",
                Realm.USER,
                "password",
                Realm.USER,
                "scope",
                "openid")));
  }

  /** Ends the session as an app does: RP-Initiated Logout 1.0 with the ID token as a hint. */
  void signOut(SignedIn session) {
    Http.expect(
        302,
        http.get(
            realm.endpoint("logout"),
            Map.of(
                "id_token_hint",
                session.idToken(),
                "post_logout_redirect_uri",
                Realm.redirectUri(1))));
  }

  private HttpResponse<String> authorize(int client) {
    return http.get(
        realm.endpoint("auth"),
        Map.of(
            "response_type",
            "code",
            "client_id",
            Realm.clientId(client),
            "redirect_uri",
            Realm.redirectUri(client),
            "scope",
            "openid"));
  }

  private SignedIn tokens(int client, HttpResponse<String> redirect) {
    Matcher code =
        CODE.matcher(Http.expect(302, redirect).headers().firstValue("Location").orElse(""));
    if (!code.find()) {
      throw new IllegalStateException("no code for " + Realm.clientId(client));
    }
    return signedIn(
        http.post(
            realm.endpoint("token"),
            Map.of(
                "grant_type", "authorization_code",
                "client_id", Realm.clientId(client),
                "redirect_uri", Realm.redirectUri(client),
                "code", code.group(1))));
  }

  private static SignedIn signedIn(HttpResponse<String> answer) {
    JsonObject tokens = Http.json(Http.expect(200, answer)).getAsJsonObject();
    String idToken = tokens.get("id_token").getAsString();
    JsonObject claims =
        JsonParser.parseString(
                new String(
                    Base64.getUrlDecoder().decode(idToken.split("\\.")[1]), StandardCharsets.UTF_8))
            .getAsJsonObject();
    return new SignedIn(
        claims.get("sid").getAsString(), idToken, tokens.get("access_token").getAsString());
  }
}
