package dev.ssologout.demo;

import dev.ssologout.launcher.FreePort;
import dev.ssologout.launcher.JavaServer;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/**
 * The apps: the hub and the small ones in one process, and each replica of {@code shop} in its own,
 * behind a proxy.
 */
final class RelyingParties implements AutoCloseable {

  private static final String MAIN = "dev.ssologout.demo.relyingparty.RelyingParty";

  /** By their names, {@code shop-1} and so on; {@code apps} is the one that several share. */
  private final Map<String, JavaServer> processes = new LinkedHashMap<>();

  private final List<URI> replicas = new ArrayList<>();
  private final Places places;
  private final URI redis;
  private final String secret;
  private RoundRobinProxy proxy;

  /**
   * @param secret of the clients
   * @param count of replicas of {@code shop}
   */
  RelyingParties(Places places, URI redis, String secret, int count) {
    this.places = places;
    this.redis = redis;
    this.secret = secret;
    Map<String, Integer> together = new LinkedHashMap<>();
    for (String app : Places.RELYING_PARTIES) {
      if (!app.equals(Places.SHOP)) {
        together.put(app, places.page(app).getPort());
      }
    }
    processes.put("apps", server("apps", together, "-Xmx256m"));
    for (int i = 1; i <= count; i++) {
      String name = Places.SHOP + "-" + i;
      int port = FreePort.find();
      replicas.add(URI.create("http://127.0.0.1:" + port));
      processes.put(name, server(name, Map.of(name, port), "-Xmx160m"));
    }
  }

  /**
   * @param instances and their ports
   */
  private JavaServer server(String name, Map<String, Integer> instances, String heap) {
    List<String> jvm =
        new ArrayList<>(
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8", heap));
    if (places.byNames()) {
      jvm.add("-Djdk.net.hosts.file=hosts");
    }
    JavaServer.Builder server =
        JavaServer.of(name, classPath(), MAIN)
            .jvmOptions(jvm.toArray(String[]::new))
            .arguments(instances.keySet().toArray(String[]::new))
            .readyWhen(instances.values().stream().map(RelyingParties::health).toArray(URI[]::new))
            // Not every system leads names that end in localhost here, as browsers do.
            .file(
                "hosts",
                places.hosts().stream()
                    .map(host -> "127.0.0.1 " + host + "\n")
                    .collect(Collectors.joining()));
    instances.forEach((instance, port) -> server.file(instance, settings(instance, port)));
    return server.build();
  }

  private static URI health(int port) {
    return URI.create("http://127.0.0.1:" + port + "/actuator/health");
  }

  private static String classPath() {
    Path target = Path.of(Stage.property("demo.relying-party"));
    try {
      return target.resolve("demo-relying-party.jar")
          + ":"
          + Files.readString(target.resolve("classpath")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String settings(String instance, int port) {
    String app = instance.replaceFirst("-\\d+$", "");
    Properties settings = new Properties();
    settings.setProperty("KEYCLOAK_URL", places.keycloak().toString());
    settings.setProperty("KEYCLOAK_REALM", RealmFiles.DEMO);
    settings.setProperty("CLIENT_ID", app);
    settings.setProperty("CLIENT_SECRET", secret);
    settings.setProperty("INSTANCE", instance);
    settings.setProperty("PORT", Integer.toString(port));
    settings.setProperty("FRONTEND_URL", places.page(app).toString());
    settings.setProperty("REDIS_URL", redis.toString());
    settings.setProperty("app.hub", Boolean.toString(app.equals(Places.HUB)));
    places.pages().forEach((name, page) -> settings.setProperty("app.links." + name, page + ""));
    if (app.equals(Places.SHOP)) {
      // As the proxy has it, which lets no header of a browser's through.
      settings.setProperty("server.forward-headers-strategy", "framework");
    }
    StringWriter text = new StringWriter();
    try {
      settings.store(text, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** Starts all of them beside each other, and the proxy. */
  void start() {
    List<CompletableFuture<Void>> starts =
        processes.values().stream()
            .map(
                process ->
                    CompletableFuture.runAsync(
                        process::start, work -> new Thread(work, "start").start()))
            .toList();
    try {
      starts.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    proxy = new RoundRobinProxy(places.page(Places.SHOP).getPort(), replicas);
  }

  /** The processes by name. */
  Map<String, JavaServer> processes() {
    return processes;
  }

  @Override
  public void close() {
    if (proxy != null) {
      proxy.close();
    }
    processes.values().parallelStream().forEach(JavaServer::close);
  }
}
