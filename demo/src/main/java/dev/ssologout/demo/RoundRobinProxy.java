package dev.ssologout.demo;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives each request to the next replica of an app, whoever asks: no session sticks to one. A
 * replica that is gone is passed over.
 */
final class RoundRobinProxy implements AutoCloseable {

  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
  private static final int LARGEST_BODY = 1 << 20;
  private static final int BUFFER = 8 << 10;
  private static final int NO_BODY = -1;
  private static final int CHUNKED = 0;
  private static final int BAD_GATEWAY = 502;
  private static final int TOO_LARGE = 413;

  /** What is of one connection alone (RFC 9110 section 7.6.1), or written anew here. */
  private static final Set<String> NOT_PASSED_ON =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "forwarded",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-prefix",
          "x-forwarded-proto",
          "x-forwarded-ssl");

  private final List<URI> replicas;
  private final AtomicInteger next = new AtomicInteger();
  private final HttpServer server;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_LIMIT)
          .build();

  /**
   * Listens on the loopback address.
   *
   * @param replicas their URLs, no slash at the end
   */
  RoundRobinProxy(int port, List<URI> replicas) {
    this.replicas = List.copyOf(replicas);
    try {
      server =
          HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(WebServer.threads("proxy"));
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
      if (body.length > LARGEST_BODY) {
        exchange.sendResponseHeaders(TOO_LARGE, NO_BODY);
        return;
      }
      HttpResponse<InputStream> answer = ask(exchange, body);
      if (answer == null) {
        exchange.sendResponseHeaders(BAD_GATEWAY, NO_BODY);
        return;
      }
      pass(answer, exchange);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The answer of the first replica that gives one. */
  private HttpResponse<InputStream> ask(HttpExchange exchange, byte[] body)
      throws InterruptedException {
    int first = next.getAndUpdate(last -> (last + 1) % replicas.size());
    boolean repeatable = Set.of("GET", "HEAD").contains(exchange.getRequestMethod());
    for (int i = 0; i < replicas.size(); i++) {
      URI replica = replicas.get((first + i) % replicas.size());
      try {
        return http.send(
            request(exchange, replica, body), HttpResponse.BodyHandlers.ofInputStream());
      } catch (ConnectException | HttpConnectTimeoutException e) {
        // The next one, then.
      } catch (IOException e) {
        if (!repeatable) {
          return null;
        }
      }
    }
    return null;
  }

  private static HttpRequest request(HttpExchange exchange, URI replica, byte[] body) {
    URI asked = exchange.getRequestURI();
    String query = asked.getRawQuery() == null ? "" : "?" + asked.getRawQuery();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(replica + asked.getRawPath() + query))
            .method(
                exchange.getRequestMethod(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    Headers headers = exchange.getRequestHeaders();
    headers.forEach(
        (name, values) -> {
          if (isPassedOn(name)) {
            values.forEach(value -> request.header(name, value));
          }
        });
    request.header("X-Forwarded-For", exchange.getRemoteAddress().getAddress().getHostAddress());
    request.header("X-Forwarded-Proto", "http");
    if (headers.getFirst("Host") != null) {
      request.header("X-Forwarded-Host", headers.getFirst("Host"));
    }
    return request.build();
  }

  private static void pass(HttpResponse<InputStream> answer, HttpExchange exchange)
      throws IOException {
    answer
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              if (isPassedOn(name)) {
                exchange.getResponseHeaders().put(name, values);
              }
            });
    long length = answer.headers().firstValueAsLong("Content-Length").orElse(CHUNKED);
    boolean without =
        exchange.getRequestMethod().equals("HEAD")
            || answer.statusCode() == 204
            || answer.statusCode() == 304
            || answer.headers().firstValue("Content-Length").filter("0"::equals).isPresent();
    exchange.sendResponseHeaders(answer.statusCode(), without ? NO_BODY : length);
    try (InputStream in = answer.body()) {
      if (without) {
        return;
      }
      OutputStream out = exchange.getResponseBody();
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        // A stream of events is to go on as it comes.
        out.flush();
      }
      out.close();
    }
  }

  private static boolean isPassedOn(String header) {
    return !NOT_PASSED_ON.contains(header.toLowerCase(Locale.ROOT));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
