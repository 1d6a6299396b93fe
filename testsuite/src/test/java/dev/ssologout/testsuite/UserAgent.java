package dev.ssologout.testsuite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A browser as far as Keycloak's pages need one: cookies and forms, no scripts. */
final class UserAgent {
  static final String OFFLINE_SCOPE = "openid offline_access";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern FORM_ACTION = Pattern.compile("<form[^>]*\\saction=\"([^\"]+)\"");
  private static final Pattern HIDDEN_INPUT =
      Pattern.compile("<input[^>]*\\stype=\"hidden\"[^>]*>", Pattern.CASE_INSENSITIVE);
  private static final Pattern RESTART_LOGIN =
      Pattern.compile("location\\.href='([^']*/login-actions/restart[^']*)'");
  private static final Pattern NAME = Pattern.compile("\\sname=\"([^\"]*)\"");
  private static final Pattern VALUE = Pattern.compile("\\svalue=\"([^\"]*)\"");
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final TestRealm realm;
  private final CookieManager cookies = new LocalhostCookies();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .cookieHandler(cookies)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  UserAgent(TestRealm realm) {
    this.realm = realm;
  }

  TestRealm realm() {
    return realm;
  }

  /** Signs the user in with the password form and takes the tokens by the code flow. */
  Login signIn(String username, String clientId) {
    return signIn(username, clientId, Map.of());
  }

  /**
   * @param fields of the form beside the user name and the password
   */
  Login signIn(String username, String clientId, Map<String, String> fields) {
    HttpResponse<String> page = authorize(clientId, Map.of());
    expect(page, 200);
    return tokens(clientId, submitPassword(page, username, fields));
  }

  /** Fills in the password form. */
  HttpResponse<String> submitPassword(
      HttpResponse<String> page, String username, Map<String, String> fields) {
    Map<String, String> form = new HashMap<>(fields);
    form.put("username", username);
    form.put("password", username);
    HttpResponse<String> answer = submit(page, form);
    expect(answer, 302);
    return answer;
  }

  /** Signs the user of this browser's SSO session in at another client, without a form. */
  Login alsoAt(String clientId) {
    return alsoAt(clientId, "openid");
  }

  /**
   * As {@link #alsoAt(String)}, but for offline access: beside the SSO session there then is an
   * offline session of the same sid.
   */
  Login alsoOfflineAt(String clientId) {
    return alsoAt(clientId, OFFLINE_SCOPE);
  }

  private Login alsoAt(String clientId, String scope) {
    HttpResponse<String> answer = authorize(clientId, Map.of("prompt", "none", "scope", scope));
    expect(answer, 302);
    return tokens(clientId, answer);
  }

  /** Signs the user in without a browser, by the password grant. */
  Login passwordGrant(String username, String clientId, String scope) {
    return login(clientId, askForTokens(username, clientId, scope));
  }

  /** The answer to {@link #passwordGrant}, whatever it is. */
  HttpResponse<String> askForTokens(String username, String clientId, String scope) {
    return post(
        endpoint("token"),
        Map.of(
            "grant_type",
            "password",
            "client_id",
            clientId,
            "username",
            username,
            "password",
            username,
            "scope",
            scope));
  }

  /**
   * Goes where the answers redirect to, until Keycloak shows a page or sends back to the client.
   */
  HttpResponse<String> follow(HttpResponse<String> answer) {
    HttpResponse<String> last = answer;
    while (last.statusCode() / 100 == 3
        && last.uri()
            .resolve(location(last))
            .getAuthority()
            .equals(realm.issuer().getAuthority())) {
      last = get(last.uri().resolve(location(last)), Map.of());
    }
    return last;
  }

  /** Presses the page's button for another login. */
  HttpResponse<String> restartLogin(HttpResponse<String> page) {
    Matcher link = RESTART_LOGIN.matcher(page.body());
    if (!link.find()) {
      throw new IllegalStateException("no button for another login in " + page.body());
    }
    return get(page.uri().resolve(unescape(link.group(1))), Map.of());
  }

  /** Opens the authorization endpoint for a client. */
  HttpResponse<String> authorize(String clientId, Map<String, String> more) {
    Map<String, String> parameters = new HashMap<>(more);
    parameters.putIfAbsent("client_id", clientId);
    parameters.putIfAbsent("redirect_uri", TestRealm.redirectUri(clientId));
    parameters.putIfAbsent("response_type", "code");
    parameters.putIfAbsent("scope", "openid");
    return get(endpoint("auth"), parameters);
  }

  /** Sends the first form of the page, its hidden fields included. */
  HttpResponse<String> submit(HttpResponse<String> page, Map<String, String> fields) {
    Matcher form = FORM_ACTION.matcher(page.body());
    if (!form.find()) {
      throw new IllegalStateException("no form in " + page.body());
    }
    Map<String, String> all = new HashMap<>(hiddenFields(page));
    all.putAll(fields);
    return post(page.uri().resolve(unescape(form.group(1))), all);
  }

  /** The hidden fields of the page by their names. */
  Map<String, String> hiddenFields(HttpResponse<String> page) {
    Map<String, String> hidden = new HashMap<>();
    Matcher input = HIDDEN_INPUT.matcher(page.body());
    while (input.find()) {
      Matcher name = NAME.matcher(input.group());
      Matcher value = VALUE.matcher(input.group());
      if (name.find() && value.find()) {
        hidden.put(name.group(1), unescape(value.group(1)));
      }
    }
    return hidden;
  }

  private static String unescape(String html) {
    return html.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
  }

  /** Exchanges the code in a redirect to the client. */
  Login tokens(String clientId, HttpResponse<String> redirect) {
    String code = query(URI.create(location(redirect))).get("code");
    if (code == null) {
      throw new IllegalStateException("no code in " + location(redirect));
    }
    return login(
        clientId,
        post(
            endpoint("token"),
            Map.of(
                "grant_type",
                "authorization_code",
                "client_id",
                clientId,
                "redirect_uri",
                TestRealm.redirectUri(clientId),
                "code",
                code)));
  }

  /** Reads a token response. */
  Login login(String clientId, HttpResponse<String> response) {
    expect(response, 200);
    try {
      JsonNode tokens = JSON.readTree(response.body());
      JsonNode claims =
          JSON.readTree(
              Base64.getUrlDecoder().decode(tokens.get("id_token").asText().split("\\.")[1]));
      return new Login(
          this,
          clientId,
          claims.get("sid").asText(),
          claims.get("sub").asText(),
          tokens.get("id_token").asText(),
          tokens.get("access_token").asText(),
          tokens.get("refresh_token").asText());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI endpoint(String name) {
    return URI.create(realm.issuer() + "/protocol/openid-connect/" + name);
  }

  HttpResponse<String> get(URI uri, Map<String, String> query) {
    return call("GET", query.isEmpty() ? uri : URI.create(uri + "?" + encode(query)));
  }

  HttpResponse<String> post(URI uri, Map<String, String> form) {
    return send(
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(encode(form))));
  }

  /**
   * @param headers names and values in turn
   */
  HttpResponse<String> call(String method, URI uri, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  /** Posts JSON with an access token, as an admin console does. */
  HttpResponse<String> postJson(URI uri, String json, String accessToken) {
    return send(
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + accessToken)
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  /** The browser's cookies as they stand in a request's header. */
  String cookieHeader() {
    return cookies.getCookieStore().getCookies().stream()
        .map(cookie -> cookie.getName() + "=" + cookie.getValue())
        .collect(Collectors.joining("; "));
  }

  /** Forgets every cookie. */
  void clearCookies() {
    cookies.getCookieStore().removeAll();
  }

  /** Copies the cookies by which Keycloak knows who has signed in. */
  void takeIdentityOf(UserAgent other) {
    for (URI uri : other.cookies.getCookieStore().getURIs()) {
      for (HttpCookie cookie : other.cookies.getCookieStore().get(uri)) {
        if (Set.of("KEYCLOAK_IDENTITY", "KEYCLOAK_SESSION").contains(cookie.getName())) {
          cookies.getCookieStore().add(uri, cookie);
        }
      }
    }
  }

  static String location(HttpResponse<String> response) {
    return response.headers().firstValue("Location").orElseThrow();
  }

  static void expect(HttpResponse<String> response, int status) {
    if (response.statusCode() != status) {
      throw new IllegalStateException(
          "%s %s answered %d instead of %d: %s"
              .formatted(
                  response.request().method(),
                  response.uri(),
                  response.statusCode(),
                  status,
                  response.body()));
    }
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new HashMap<>();
    for (String pair : uri.getRawQuery().split("&")) {
      int equals = pair.indexOf('=');
      query.put(
          pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return query;
  }

  private static String encode(Map<String, String> form) {
    return form.entrySet().stream()
        .map(
            field ->
                URLEncoder.encode(field.getKey(), StandardCharsets.UTF_8)
                    + "="
                    + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  /** As browsers do, takes localhost for a secure context, where Secure cookies are sent. */
  private static final class LocalhostCookies extends CookieManager {
    LocalhostCookies() {
      super(null, CookiePolicy.ACCEPT_ALL);
    }

    @Override
    public void put(URI uri, Map<String, List<String>> headers) throws IOException {
      super.put(uri, headers);
      getCookieStore().getCookies().forEach(cookie -> cookie.setSecure(false));
    }
  }
}
