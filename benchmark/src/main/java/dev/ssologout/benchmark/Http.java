package dev.ssologout.benchmark;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** One connection to Keycloak, kept open, and the cookies that it gives. For one thread. */
final class Http {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final Map<String, String> cookies = new TreeMap<>();

  /** Fails unless the answer has this status. */
  static HttpResponse<String> expect(int status, HttpResponse<String> answer) {
    if (answer.statusCode() != status) {
      // Without the query and the body, which may hold tokens.
      throw new IllegalStateException(
          "%s %s answered %d and not %d"
              .formatted(
                  answer.request().method(), answer.uri().getPath(), answer.statusCode(), status));
    }
    return answer;
  }

  static String encode(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(
            field ->
                field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  static JsonElement json(HttpResponse<String> answer) {
    return JsonParser.parseString(answer.body());
  }

  HttpResponse<String> get(URI uri, Map<String, String> query) {
    return send(
        HttpRequest.newBuilder(query.isEmpty() ? uri : URI.create(uri + "?" + encode(query))));
  }

  HttpResponse<String> post(URI uri, Map<String, String> form) {
    return send(
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(encode(form))));
  }

  /**
   * @param json the body; {@code null} for none
   */
  HttpResponse<String> call(String method, URI uri, String accessToken, String json) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Authorization", "Bearer " + accessToken)
            .header("Accept", "application/json");
    if (json == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, BodyPublishers.ofString(json));
    }
    return send(request);
  }

  void forgetCookies() {
    cookies.clear();
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    if (!cookies.isEmpty()) {
      request.header(
          "Cookie",
          cookies.entrySet().stream()
              .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
              .collect(Collectors.joining("; ")));
    }
    try {
      HttpResponse<String> answer =
          client.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
      answer.headers().allValues("Set-Cookie").forEach(this::take);
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void take(String setCookie) {
    String cookie = setCookie.split(";", 2)[0];
    int equals = cookie.indexOf('=');
    String value = cookie.substring(equals + 1);
    if (value.isEmpty() || setCookie.contains("Max-Age=0")) {
      cookies.remove(cookie.substring(0, equals));
    } else {
      cookies.put(cookie.substring(0, equals), value);
    }
  }
}
