package dev.ssologout.relyingparty.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A browser as far as apps and Keycloak's pages need one: cookies, redirects and forms. */
final class Browser {
  private static final Pattern FORM = Pattern.compile("<form[^>]*\\saction=\"([^\"]+)\"");

  private final HttpClient http;

  Browser() {
    CookieManager cookies =
        new CookieManager(null, CookiePolicy.ACCEPT_ALL) {
          @Override
          public void put(URI uri, Map<String, List<String>> headers) throws IOException {
            super.put(uri, headers);
            // Browsers take localhost for a secure context, where Secure cookies are sent.
            getCookieStore().getCookies().forEach(cookie -> cookie.setSecure(false));
          }
        };
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .cookieHandler(cookies)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  HttpClient http() {
    return http;
  }

  /** Opens a page of the app and signs in at Keycloak, by the form if there is no SSO session. */
  void signIn(Instance app, String username) {
    HttpResponse<String> page = follow(get(app.uri("/me")));
    Matcher form = FORM.matcher(page.body());
    if (form.find()) {
      URI action = URI.create(form.group(1).replace("&amp;", "&"));
      page =
          follow(
              send(
                  Identity.form(
                      action.toString(), Map.of("username", username, "password", username))));
    }
    if (page.statusCode() != 200 || !isSignedIn(app)) {
      throw new IllegalStateException(page.statusCode() + " " + page.uri() + " " + page.body());
    }
  }

  /** Whether the app knows the user without asking Keycloak. */
  boolean isSignedIn(Instance app) {
    return get(app.uri("/me")).statusCode() == 200;
  }

  /** Signs out at Keycloak as an app's button does, and confirms it on Keycloak's page. */
  void logout(String issuer) {
    HttpResponse<String> page =
        follow(get(URI.create(issuer + "/protocol/openid-connect/logout?client_id=shop")));
    Matcher code = Pattern.compile("name=\"session_code\" value=\"([^\"]+)\"").matcher(page.body());
    HttpResponse<String> answer =
        submit(
            page, Map.of("session_code", code.find() ? code.group(1) : "", "confirmLogout", "yes"));
    if (answer.statusCode() / 100 > 3) {
      throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
  }

  /** Deletes the account of the user who is signed in at Keycloak, as they do on its pages. */
  void deleteAccount(String issuer, String username) {
    HttpResponse<String> page =
        follow(
            get(
                URI.create(
                    issuer
                        + "/protocol/openid-connect/auth?client_id=shop&response_type=code"
                        + "&scope=openid&redirect_uri=http%3A%2F%2F127.0.0.1&prompt=login"
                        + "&kc_action=delete_account")));
    // Keycloak asks for the password unless it was given within the same second.
    page = follow(submit(page, Map.of("password", username)));
    HttpResponse<String> answer = submit(page, Map.of());
    if (answer.statusCode() / 100 > 3) {
      throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
  }

  private HttpResponse<String> submit(HttpResponse<String> page, Map<String, String> fields) {
    Matcher form = FORM.matcher(page.body());
    if (!form.find()) {
      throw new IllegalStateException("no form in " + page.body());
    }
    return send(
        Identity.form(page.uri().resolve(form.group(1).replace("&amp;", "&")).toString(), fields));
  }

  /** The Cookie header that the app gets. */
  String cookie(Instance app) {
    try {
      return String.join(
          "; ", http.cookieHandler().orElseThrow().get(app.uri("/"), Map.of()).get("Cookie"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HttpResponse<String> get(URI uri) {
    return send(HttpRequest.newBuilder(uri));
  }

  private HttpResponse<String> follow(HttpResponse<String> answer) {
    HttpResponse<String> last = answer;
    while (last.statusCode() / 100 == 3) {
      last = get(last.uri().resolve(last.headers().firstValue("Location").orElseThrow()));
    }
    return last;
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
