package dev.ssologout.testsuite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A browser as far as Keycloak's pages need one: cookies and forms, no scripts. */
final class UserAgent {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern FORM_ACTION = Pattern.compile("<form[^>]*\\saction=\"([^\"]+)\"");
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
    HttpResponse<String> page = authorize(clientId, Map.of());
    expect(page, 200);
    HttpResponse<String> answer = submit(page, Map.of("username", username, "password", username));
    expect(answer, 302);
    return tokens(clientId, answer);
  }

  /** Signs the user of this browser's SSO session in at another client, without a form. */
  Login alsoAt(String clientId) {
    HttpResponse<String> answer = authorize(clientId, Map.of("prompt", "none"));
    expect(answer, 302);
    return tokens(clientId, answer);
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

  /** Sends the first form of the page. */
  HttpResponse<String> submit(HttpResponse<String> page, Map<String, String> fields) {
    Matcher form = FORM_ACTION.matcher(page.body());
    if (!form.find()) {
      throw new IllegalStateException("no form in " + page.body());
    }
    return post(page.uri().resolve(form.group(1).replace("&amp;", "&")), fields);
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

  /** Forgets every cookie. */
  void clearCookies() {
    cookies.getCookieStore().removeAll();
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
