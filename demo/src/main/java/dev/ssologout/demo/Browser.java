package dev.ssologout.demo;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * As much of a browser as signing in and out takes: cookies, forms, and redirects left to the
 * caller.
 *
 * <p>Cookies are kept here because Keycloak marks them {@code Secure}, which browsers send to
 * {@code http://localhost} as well and the JDK's cookie store does not.
 */
final class Browser {

  private static final int MOST_REDIRECTS = 10;
  private static final int FOUND = 302;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(LIMIT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .version(HttpClient.Version.HTTP_1_1)
          .build();
  private final Map<String, String> cookies = new LinkedHashMap<>();

  HttpResponse<String> get(URI uri) {
    return send(HttpRequest.newBuilder(here(uri)).GET());
  }

  HttpResponse<String> post(URI uri, Map<String, String> form) {
    return send(
        HttpRequest.newBuilder(here(uri))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(encode(form))));
  }

  /** A call without a body, with headers: names and values in turn. */
  HttpResponse<String> call(String method, URI uri, String... headers) {
    return send(
        HttpRequest.newBuilder(here(uri))
            .headers(headers)
            .method(method, HttpRequest.BodyPublishers.noBody()));
  }

  /** Goes where a redirect leads, until a page comes. */
  HttpResponse<String> follow(HttpResponse<String> answer) {
    HttpResponse<String> last = answer;
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      String location = last.headers().firstValue("Location").orElse(null);
      if (last.statusCode() != FOUND || location == null) {
        return last;
      }
      last = get(last.uri().resolve(location));
    }
    throw new DemoException("too many redirects to " + last.uri().getPath());
  }

  /** Names that end in localhost lead here, as in browsers, whatever the system says. */
  private static URI here(URI uri) {
    return URI.create(uri.toString().replaceFirst("//[a-z]+\\.localhost", "//localhost"));
  }

  /** Parameters as they stand in a query or a form's body. */
  static String encode(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
        .collect(Collectors.joining("&"));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    if (!cookies.isEmpty()) {
      request.header(
          "Cookie",
          cookies.entrySet().stream()
              .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
              .collect(Collectors.joining("; ")));
    }
    HttpRequest built = request.timeout(LIMIT).build();
    try {
      HttpResponse<String> response = http.send(built, HttpResponse.BodyHandlers.ofString());
      response.headers().allValues("Set-Cookie").forEach(this::keep);
      return response;
    } catch (IOException e) {
      throw new DemoException(built.method() + " " + built.uri().getPath() + " failed: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted");
    }
  }

  private void keep(String header) {
    String[] parts = header.split(";");
    String[] cookie = parts[0].split("=", 2);
    if (cookie[1].isEmpty() || header.matches("(?i).*;\\s*max-age=0\\b.*")) {
      cookies.remove(cookie[0]);
    } else {
      cookies.put(cookie[0], cookie[1]);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
