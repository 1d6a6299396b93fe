package dev.ssologout.demo;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Pages on an origin of their own, from files of the class path, and the calls that they make. What
 * changes something is taken from these pages alone.
 */
final class WebServer implements AutoCloseable {

  private static final Gson GSON = new Gson();
  private static final int LARGEST_BODY = 16 << 10;
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;
  private static final int NO_BODY = -1;
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml");

  /** Answers a request with a value for JSON; {@code null} for none. */
  @FunctionalInterface
  interface Call {
    /**
     * @param body what was sent; empty for GET
     */
    Object answer(JsonObject body);
  }

  /** Writes an answer by itself. */
  @FunctionalInterface
  interface Stream {
    void answer(HttpExchange exchange) throws IOException;
  }

  /** A call that is refused; the status says to whose fault. */
  static final class RefusedException extends RuntimeException {
    private final int status;

    RefusedException(int status, String detail) {
      super(detail);
      this.status = status;
    }
  }

  private final URI origin;
  private final String policy;
  private final HttpServer server;
  private final Map<String, Stream> paths = new LinkedHashMap<>();

  /**
   * Begins a server on the loopback address; {@link #start()} starts it.
   *
   * @param origin where browsers find it
   * @param policy its Content-Security-Policy
   */
  WebServer(URI origin, String policy) {
    this.origin = origin;
    this.policy = policy;
    try {
      server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getByName("127.0.0.1"), origin.getPort()), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads("pages"));
    server.createContext("/", this::handle);
  }

  static ExecutorService threads(String name) {
    return Executors.newCachedThreadPool(
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Has a file of the class path at a path. */
  WebServer file(String path, String resource) {
    try (InputStream in = WebServer.class.getResourceAsStream(resource)) {
      return content(path, resource, Objects.requireNonNull(in, resource).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has a file of the file system at a path. */
  WebServer file(String path, Path file) {
    try {
      return content(path, file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private WebServer content(String path, String name, byte[] content) {
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    paths.put(
        "GET " + path,
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", type);
          send(exchange, OK, content);
        });
    return this;
  }

  /** Has the files that all pages share. */
  WebServer sharedFiles() {
    for (String file : new String[] {"demo.css", "dom.js", "texts.js", "icon.svg"}) {
      file("/" + file, "/web/" + file);
    }
    return this;
  }

  /** Answers {@code GET} with a value. */
  WebServer get(String path, Call call) {
    paths.put("GET " + path, exchange -> json(exchange, call.answer(new JsonObject())));
    return this;
  }

  /** Answers {@code POST}, sent by the server's own pages as JSON. */
  WebServer post(String path, Call call) {
    paths.put(
        "POST " + path,
        exchange -> {
          Headers headers = exchange.getRequestHeaders();
          if (!origin.toString().equals(headers.getFirst("Origin"))) {
            throw new RefusedException(403, "of another origin");
          }
          if (!"application/json".equals(headers.getFirst("Content-Type"))) {
            throw new RefusedException(415, "only application/json");
          }
          byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
          if (body.length > LARGEST_BODY) {
            throw new RefusedException(413, "too large");
          }
          try {
            json(
                exchange,
                call.answer(
                    JsonParser.parseString(new String(body, StandardCharsets.UTF_8))
                        .getAsJsonObject()));
          } catch (JsonParseException
              | IllegalStateException
              | NumberFormatException
              | UnsupportedOperationException e) {
            throw new RefusedException(400, "no JSON object with the right members");
          }
        });
    return this;
  }

  /** Answers {@code GET} with something that goes on. */
  WebServer stream(String path, Stream stream) {
    paths.put("GET " + path, stream);
    return this;
  }

  WebServer start() {
    server.start();
    return this;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Security-Policy", policy);
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Referrer-Policy", "same-origin");
      headers.set("Cache-Control", "no-store");
      try {
        // Else a name of another site that leads here would make its pages ours.
        if (!origin.getAuthority().equals(exchange.getRequestHeaders().getFirst("Host"))) {
          throw new RefusedException(421, "for another host");
        }
        String path = exchange.getRequestURI().getPath();
        Stream found = paths.get(exchange.getRequestMethod() + " " + path);
        if (found == null) {
          throw new RefusedException(404, "nothing here");
        }
        found.answer(exchange);
      } catch (RefusedException e) {
        refuse(exchange, e.status, e.getMessage());
      } catch (DemoException e) {
        refuse(exchange, 500, e.getMessage());
      }
    }
  }

  private static void refuse(HttpExchange exchange, int status, String detail) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
    send(
        exchange,
        status,
        GSON.toJson(Map.of("status", status, "detail", detail)).getBytes(StandardCharsets.UTF_8));
  }

  private static void json(HttpExchange exchange, Object value) throws IOException {
    if (value == null) {
      exchange.sendResponseHeaders(NO_CONTENT, NO_BODY);
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(exchange, OK, GSON.toJson(value).getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
    exchange.sendResponseHeaders(status, content.length);
    exchange.getResponseBody().write(content);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
