package dev.ssologout.testsuite;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.ssologout.launcher.Certificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.RealmRepresentation;

/**
 * The pages of three relying parties, each on an origin of its own in every layout: a single-page
 * app that signs in by the code flow and listens by the SDK. {@code /<realm>/<client>} is the app,
 * {@code /<realm>/<client>/bye} its post-logout page, {@code /empty} a page that does nothing.
 */
final class BrowserApps implements AutoCloseable {
  static final List<String> CLIENTS = List.of("shop", "blog", "wiki");

  private static final String PAGE = page();

  /**
   * How the origins of Keycloak and of the apps are related. Every name under {@code localhost}
   * leads to this machine (RFC 6761 section 6.3), and to a browser two labels are a site there as
   * elsewhere.
   */
  enum Layout {
    /** One site, other hosts: {@code shop.acme.localhost} beside {@code id.acme.localhost}. */
    SAME_SITE,
    /** Ports of {@code localhost} itself, as on a developer's machine. */
    LOCALHOST,
    /** Other sites: {@code shop.one.localhost} beside {@code id.acme.localhost}. */
    CROSS_SITE
  }

  private static final List<String> SITES =
      List.of("one.localhost", "two.localhost", "three.localhost");

  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "app of a relying party");
            thread.setDaemon(true);
            return thread;
          });
  private final List<HttpServer> plain = new ArrayList<>();
  private final HttpsServer secure;
  private final URI keycloakAtLocalhost;
  private final URI keycloakByTls;

  /**
   * @param certificates with a certificate of this name
   */
  BrowserApps(
      Certificates certificates, String certificate, URI keycloakAtLocalhost, URI keycloakByTls) {
    this.keycloakAtLocalhost = keycloakAtLocalhost;
    this.keycloakByTls = keycloakByTls;
    try {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      secure = HttpsServer.create(new InetSocketAddress(loopback, 0), 0);
      secure.setHttpsConfigurator(new HttpsConfigurator(tls(certificates, certificate)));
      start(secure);
      for (int i = 0; i < CLIENTS.size(); i++) {
        HttpServer server = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        start(server);
        plain.add(server);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void start(HttpServer server) {
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Registers the apps with a realm that is about to be created. */
  void register(RealmRepresentation realm) {
    realm.getClients().clear();
    for (String clientId : CLIENTS) {
      ClientRepresentation client = TestRealm.client(clientId);
      List<String> origins = new ArrayList<>();
      for (Layout layout : Layout.values()) {
        origins.add(origin(layout, clientId));
      }
      client.setWebOrigins(origins);
      client.setRedirectUris(origins.stream().map(origin -> origin + "/*").toList());
      client.getAttributes().put("post.logout.redirect.uris", "+");
      realm.getClients().add(client);
    }
  }

  /** The origin of a client's pages. */
  String origin(Layout layout, String clientId) {
    int index = CLIENTS.indexOf(clientId);
    return switch (layout) {
      case SAME_SITE -> "https://" + clientId + ".acme.localhost:" + secure.getAddress().getPort();
      case LOCALHOST -> "http://localhost:" + plain.get(index).getAddress().getPort();
      case CROSS_SITE ->
          "https://" + clientId + "." + SITES.get(index) + ":" + secure.getAddress().getPort();
    };
  }

  /** The origin of somebody who is no client. */
  String strangersOrigin() {
    return "https://evil.localhost:" + secure.getAddress().getPort();
  }

  /** The address of a client's app. */
  String app(Layout layout, TestRealm realm, String clientId) {
    return origin(layout, clientId) + "/" + realm.name() + "/" + clientId;
  }

  /** The realm's issuer, as browsers of the layout see it. */
  String issuer(Layout layout, TestRealm realm) {
    return (layout == Layout.LOCALHOST ? keycloakAtLocalhost : keycloakByTls)
        + "/realms/"
        + realm.name();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String[] path = exchange.getRequestURI().getPath().split("/");
      String html;
      if (path.length < 3) {
        html = "<!DOCTYPE html><title>Empty</title><body></body>";
      } else {
        boolean localhost = exchange.getRequestHeaders().getFirst("Host").startsWith("localhost:");
        String issuer = (localhost ? keycloakAtLocalhost : keycloakByTls) + "/realms/" + path[1];
        html =
            PAGE.replace("%ISSUER%", issuer)
                .replace("%CLIENT%", path[2])
                .replace("%PAGE%", path.length > 3 ? path[3] : "app");
      }
      byte[] bytes = html.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static String page() {
    try (var resource = BrowserApps.class.getResourceAsStream("app.html")) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SSLContext tls(Certificates certificates, String name) {
    try {
      Path file = certificates.certificate(name);
      Certificate certificate;
      try (var in = Files.newInputStream(file)) {
        certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
      }
      String pem = Files.readString(certificates.key()).replaceAll("-----[^-]+-----|\\s", "");
      PrivateKey key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setKeyEntry("key", key, new char[0], new Certificate[] {certificate});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    secure.stop(0);
    plain.forEach(server -> server.stop(0));
    threads.shutdownNow();
  }
}
