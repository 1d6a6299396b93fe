package dev.ssologout.testsuite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.keycloak.representations.idm.ClientRepresentation;

/**
 * The back-channel logout endpoints of every client in every realm: what Keycloak by itself tells
 * of ended sessions, to compare with.
 */
final class RelyingParties implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PARAMETER = "logout_token=";

  /** The name of this machine where Keycloak is. */
  private static final String HOST = System.getProperty("testsuite.host", "127.0.0.1");

  private final Map<String, List<LogoutToken>> received = new ConcurrentHashMap<>();
  private final Set<String> listening = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "relying party");
            thread.setDaemon(true);
            return thread;
          });
  private final HttpServer server;

  /** What a client was told by a logout token. */
  record LogoutToken(String clientId, String sid) {}

  RelyingParties() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::receive);
    server.start();
  }

  /** Where they listen, on the loopback address. */
  int port() {
    return server.getAddress().getPort();
  }

  /** Has Keycloak tell the client of ended sessions by a logout token. */
  void listen(String realm, ClientRepresentation client) {
    listening.add(realm + '/' + client.getClientId());
    client
        .getAttributes()
        .put(
            "backchannel.logout.url",
            "http://%s:%d/%s/%s".formatted(HOST, port(), realm, client.getClientId()));
    client.getAttributes().put("backchannel.logout.session.required", "true");
  }

  /** Whether {@link #listen} was called for the client. */
  boolean listens(String realm, String clientId) {
    return listening.contains(realm + '/' + clientId);
  }

  /** The logout tokens that clients of the realm have received, oldest first. */
  List<LogoutToken> received(String realm) {
    return List.copyOf(received.getOrDefault(realm, List.of()));
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String[] path = exchange.getRequestURI().getPath().split("/");
      String token = form.substring(form.indexOf(PARAMETER) + PARAMETER.length());
      JsonNode claims =
          JSON.readTree(
              Base64.getUrlDecoder()
                  .decode(URLDecoder.decode(token, StandardCharsets.UTF_8).split("\\.")[1]));
      received
          .computeIfAbsent(path[1], realm -> new CopyOnWriteArrayList<>())
          .add(new LogoutToken(path[2], claims.path("sid").asText()));
      exchange.sendResponseHeaders(200, -1);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
