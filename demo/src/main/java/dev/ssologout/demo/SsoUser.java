package dev.ssologout.demo;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A user of a realm at a browser of their own; the password is the name. */
final class SsoUser {

  private static final Pattern FORM_ACTION =
      Pattern.compile("<form[^>]*id=\"(kc-form-login|kc-passwd-update-form)\"[^>]*>");
  private static final Pattern ACTION = Pattern.compile("action=\"([^\"]+)\"");
  private static final int FOUND = 302;
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;

  /** The client of Keycloak's own account pages, which every realm has. */
  private static final String ACCOUNT = "account-console";

  private final URI keycloak;
  private final String realm;
  private final String name;
  private final Browser browser = new Browser();
  private final SecureRandom random = new SecureRandom();

  SsoUser(URI keycloak, String realm, String name) {
    this.keycloak = keycloak;
    this.realm = realm;
    this.name = name;
  }

  /**
   * Signs in at an app of the demo, with the password where the browser has no session yet.
   *
   * @param app where it is
   * @return the {@code sid} of the session
   */
  String signIn(URI app) {
    HttpResponse<String> answer =
        browser.follow(browser.get(URI.create(app + "/auth/login/keycloak")));
    if (answer.body().contains("kc-form-login")) {
      answer = browser.follow(browser.post(formAction(answer), password()));
    }
    JsonObject status = status(app);
    if (!status.get("authenticated").getAsBoolean()) {
      throw new DemoException(
          "%s is not signed in at %s: HTTP %d at %s"
              .formatted(name, app, answer.statusCode(), answer.uri().getPath()));
    }
    return status.get("sid").getAsString();
  }

  /** Signs out at the app, which ends the session everywhere. */
  void signOut(URI app) {
    JsonObject csrf = json(app, "/api/user").getAsJsonObject("csrf");
    HttpResponse<String> answer =
        browser.call(
            "POST",
            URI.create(app + "/auth/logout"),
            csrf.get("header").getAsString(),
            csrf.get("token").getAsString());
    if (answer.statusCode() != NO_CONTENT) {
      throw new DemoException("signing out at %s got HTTP %d".formatted(app, answer.statusCode()));
    }
  }

  /** What the app says of the user's session there. */
  JsonObject status(URI app) {
    return json(app, "/api/session-status");
  }

  /** What a call of the app answers. */
  JsonObject json(URI app, String path) {
    HttpResponse<String> answer = browser.get(URI.create(app + path));
    if (answer.statusCode() != OK) {
      throw new DemoException("%s%s got HTTP %d".formatted(app, path, answer.statusCode()));
    }
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  /** The status of an answer of the app. */
  int ask(URI app, String path) {
    return browser.get(URI.create(app + path)).statusCode();
  }

  /** Ends a session of this user, as if on another device. */
  void endSession(String sid) {
    HttpResponse<String> answer =
        browser.call(
            "DELETE",
            URI.create(keycloak + "/realms/" + realm + "/sso-sessions/" + sid),
            "Authorization",
            "Bearer " + accountToken(null));
    if (answer.statusCode() != OK) {
      throw new DemoException("ending the session got HTTP " + answer.statusCode());
    }
  }

  /** Changes the password, to the same one, and has all other devices signed out. */
  void changePassword() {
    accountToken("UPDATE_PASSWORD");
  }

  private String accountToken(String action) {
    return tokens(ACCOUNT, keycloak + "/realms/" + realm + "/account/", "openid", action)
        .get("access_token")
        .getAsString();
  }

  /**
   * Signs in at a public client by the authorization code flow with PKCE (OpenID Connect Core 1.0
   * section 3.1, RFC 7636).
   *
   * @param back the client's redirect URI
   * @param action what Keycloak is to have done on the way; may be {@code null}
   */
  JsonObject tokens(String clientId, String back, String scope, String action) {
    String state = secret();
    String verifier = secret();
    Map<String, String> request = new LinkedHashMap<>();
    request.put("response_type", "code");
    request.put("client_id", clientId);
    request.put("redirect_uri", back);
    request.put("scope", scope);
    request.put("state", state);
    request.put("code_challenge", challenge(verifier));
    request.put("code_challenge_method", "S256");
    if (action != null) {
      request.put("kc_action", action);
    }
    HttpResponse<String> answer = browser.get(endpoint("auth?" + Browser.encode(request)));
    while (!isAt(answer, back)) {
      if (answer.statusCode() == FOUND) {
        answer =
            browser.get(
                answer.uri().resolve(answer.headers().firstValue("Location").orElseThrow()));
      } else if (answer.body().contains("kc-passwd-update-form")) {
        answer =
            browser.post(
                formAction(answer),
                Map.of("password-new", name, "password-confirm", name, "logout-sessions", "on"));
      } else {
        answer = browser.post(formAction(answer), password());
      }
    }
    URI callback = URI.create(answer.headers().firstValue("Location").orElseThrow());
    if (!state.equals(parameter(callback, "state"))) {
      throw new DemoException("the sign-in came back with another state");
    }
    HttpResponse<String> tokens =
        post(
            "token",
            Map.of(
                "grant_type",
                "authorization_code",
                "client_id",
                clientId,
                "redirect_uri",
                back,
                "code",
                parameter(callback, "code"),
                "code_verifier",
                verifier));
    if (tokens.statusCode() != OK) {
      throw new DemoException("the token request got HTTP " + tokens.statusCode());
    }
    return JsonParser.parseString(tokens.body()).getAsJsonObject();
  }

  /** Calls an endpoint of the realm's OpenID Connect. */
  HttpResponse<String> post(String endpoint, Map<String, String> form) {
    return browser.post(endpoint(endpoint), form);
  }

  /** What the realm says of the user whose access token this is. */
  JsonObject userInfo(String accessToken) {
    return JsonParser.parseString(
            browser
                .call("GET", endpoint("userinfo"), "Authorization", "Bearer " + accessToken)
                .body())
        .getAsJsonObject();
  }

  private URI endpoint(String name) {
    return URI.create(keycloak + "/realms/" + realm + "/protocol/openid-connect/" + name);
  }

  private static boolean isAt(HttpResponse<String> answer, String back) {
    return answer.statusCode() == FOUND
        && answer.headers().firstValue("Location").orElse("").startsWith(back + "?");
  }

  private Map<String, String> password() {
    return Map.of("username", name, "password", name);
  }

  private URI formAction(HttpResponse<String> page) {
    Matcher form = FORM_ACTION.matcher(page.body());
    if (!form.find()) {
      throw new DemoException(
          "%s cannot sign in: HTTP %d without a form at %s"
              .formatted(name, page.statusCode(), page.uri().getPath()));
    }
    Matcher action = ACTION.matcher(form.group());
    if (!action.find()) {
      throw new DemoException("Keycloak's form has no action");
    }
    return URI.create(action.group(1).replace("&amp;", "&"));
  }

  private static String parameter(URI uri, String name) {
    Matcher matcher = Pattern.compile("[?&]" + name + "=([^&#]*)").matcher(uri.toString());
    if (!matcher.find()) {
      throw new DemoException("no " + name + " in the answer to the sign-in");
    }
    return matcher.group(1);
  }

  private String secret() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return base64(bytes);
  }

  private static String challenge(String verifier) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return base64(digest.digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
