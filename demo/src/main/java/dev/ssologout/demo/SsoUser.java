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

/**
 * A user of the demo realm at a browser of their own, who signs in by the authorization code flow
 * with PKCE (OpenID Connect Core 1.0 section 3.1, RFC 7636) and out by RP-Initiated Logout 1.0.
 */
final class SsoUser {

  /** A client of the demo realm with the addresses that its realm file allows. */
  enum Client {
    SHOP("shop", "http://localhost:3001/"),
    BLOG("blog", "http://localhost:3002/");

    final String id;
    private final String home;

    Client(String id, String home) {
      this.id = id;
      this.home = home;
    }
  }

  private static final Pattern FORM_ACTION =
      Pattern.compile("<form[^>]*id=\"kc-form-login\"[^>]*action=\"([^\"]+)\"");
  private static final int FOUND = 302;
  private static final int OK = 200;

  private final URI endpoints;
  private final String name;
  private final Browser browser = new Browser();
  private final SecureRandom random = new SecureRandom();

  /**
   * @param keycloak the server's URL, no slash at the end
   * @param name the user's name and password
   */
  SsoUser(URI keycloak, String name) {
    this.endpoints = URI.create(keycloak + "/realms/" + Demo.REALM + "/protocol/openid-connect/");
    this.name = name;
  }

  /** Signs in at the client, with the password where the browser has no session yet. */
  IdToken signIn(Client client) {
    String state = secret();
    String verifier = secret();
    Map<String, String> request = new LinkedHashMap<>();
    request.put("response_type", "code");
    request.put("client_id", client.id);
    request.put("redirect_uri", client.home + "callback");
    request.put("scope", "openid");
    request.put("state", state);
    request.put("code_challenge", challenge(verifier));
    request.put("code_challenge_method", "S256");
    HttpResponse<String> answer = browser.get(endpoints.resolve("auth?" + Browser.encode(request)));
    if (answer.statusCode() == OK) {
      URI action = URI.create(formAction(answer.body()));
      answer = browser.post(action, Map.of("username", name, "password", name));
    }
    URI callback = redirect(answer, "signing " + name + " in at " + client.id);
    if (!callback.toString().startsWith(client.home)
        || !state.equals(parameter(callback, "state"))) {
      throw new DemoException("the sign-in at " + client.id + " came back to " + callback);
    }
    return exchange(client, parameter(callback, "code"), verifier);
  }

  /** Signs out at the client, which ends the SSO session. */
  void signOut(Client client, IdToken idToken) {
    Map<String, String> request = new LinkedHashMap<>();
    request.put("id_token_hint", idToken.text());
    request.put("post_logout_redirect_uri", client.home);
    URI back =
        redirect(
            browser.get(endpoints.resolve("logout?" + Browser.encode(request))),
            "signing " + name + " out at " + client.id);
    if (!back.toString().startsWith(client.home)) {
      throw new DemoException("the sign-out at " + client.id + " came back to " + back);
    }
  }

  private IdToken exchange(Client client, String code, String verifier) {
    HttpResponse<String> answer =
        browser.post(
            endpoints.resolve("token"),
            Map.of(
                "grant_type",
                "authorization_code",
                "client_id",
                client.id,
                "redirect_uri",
                client.home + "callback",
                "code",
                code,
                "code_verifier",
                verifier));
    if (answer.statusCode() != OK) {
      throw new DemoException(
          "the token request of %s got HTTP %d: %s"
              .formatted(client.id, answer.statusCode(), answer.body()));
    }
    JsonObject tokens = JsonParser.parseString(answer.body()).getAsJsonObject();
    return IdToken.parse(tokens.get("id_token").getAsString());
  }

  private static URI redirect(HttpResponse<String> answer, String doing) {
    return answer
        .headers()
        .firstValue("Location")
        .filter(location -> answer.statusCode() == FOUND)
        .map(URI::create)
        .orElseThrow(
            () -> new DemoException(doing + " got HTTP " + answer.statusCode() + ", no redirect"));
  }

  private static String formAction(String page) {
    Matcher matcher = FORM_ACTION.matcher(page);
    if (!matcher.find()) {
      throw new DemoException("Keycloak's sign-in page has no sign-in form");
    }
    return matcher.group(1).replace("&amp;", "&");
  }

  private static String parameter(URI uri, String name) {
    Matcher matcher = Pattern.compile("[?&]" + name + "=([^&#]*)").matcher(uri.toString());
    if (!matcher.find()) {
      throw new DemoException("no " + name + " in " + uri);
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
