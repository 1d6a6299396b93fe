package dev.ssologout.demo;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import dev.ssologout.demo.WebServer.RefusedException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The page that shows every session and every message, and ends sessions in every way. */
final class ControlPage implements AutoCloseable {

  private static final Gson GSON = new Gson();
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);
  private static final int MOST_FEEDS = 20;

  private final Stage stage;
  private final WebServer server;
  private final AtomicInteger feeds = new AtomicInteger();

  /** What the page shows. */
  private record State(
      Map<String, URI> pages,
      List<KeycloakAdmin.Session> sessions,
      List<Story.Chapter> messages,
      List<Stage.ProcessState> processes) {}

  ControlPage(Stage stage, URI origin) {
    this.stage = stage;
    this.server =
        new WebServer(
                origin,
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'")
                .sharedFiles()
                .file("/", "/web/control.html")
                .file("/control.css", "/web/control.css")
                .file("/control.js", "/web/control.js")
                .stream("/api/feed", this::feed)
                .post("/api/end", this::end)
                .post("/api/process", this::process)
                .start();
  }

  private void feed(HttpExchange exchange) throws IOException {
    if (feeds.incrementAndGet() > MOST_FEEDS) {
      feeds.decrementAndGet();
      throw new RefusedException(429, "too many pages are open");
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      String shown = null;
      long sentAt = System.nanoTime();
      while (true) {
        String state =
            GSON.toJson(
                new State(
                    stage.places().pages(),
                    stage.sessions(),
                    stage.story().chapters(),
                    stage.processStates()));
        boolean silent = System.nanoTime() - sentAt > KEEP_ALIVE.toNanos();
        if (!state.equals(shown) || silent) {
          String event = state.equals(shown) ? ":\n\n" : "data: " + state + "\n\n";
          out.write(event.getBytes(StandardCharsets.UTF_8));
          out.flush();
          shown = state;
          sentAt = System.nanoTime();
        }
        stage.story().await(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      feeds.decrementAndGet();
    }
  }

  private Object end(JsonObject asked) {
    String realm = text(asked, "realm");
    if (!RealmFiles.REALMS.contains(realm)) {
      throw new RefusedException(400, "realm: not one of " + RealmFiles.REALMS);
    }
    String sid = text(asked, "sid");
    KeycloakAdmin.Session session =
        stage.sessions().stream()
            .filter(each -> each.realm().equals(realm) && each.sid().equals(sid))
            .findFirst()
            .orElseThrow(() -> new RefusedException(404, "the session has ended"));
    stage.end(session, way(text(asked, "way")));
    return null;
  }

  private static Stage.Way way(String name) {
    for (Stage.Way way : Stage.Way.values()) {
      if (way.name().toLowerCase(Locale.ROOT).equals(name)) {
        return way;
      }
    }
    throw new RefusedException(400, "way: no such way to end a session");
  }

  private Object process(JsonObject asked) {
    String name = text(asked, "name");
    if (stage.processStates().stream().noneMatch(each -> each.name().equals(name))) {
      throw new RefusedException(404, "name: no such process");
    }
    switch (text(asked, "action")) {
      case "stop" -> stage.stopProcess(name);
      case "start" -> stage.startProcess(name);
      default -> throw new RefusedException(400, "action: start or stop");
    }
    return null;
  }

  private static String text(JsonObject asked, String name) {
    if (!asked.has(name) || !asked.get(name).isJsonPrimitive()) {
      throw new RefusedException(400, name + ": is needed");
    }
    return asked.get(name).getAsString();
  }

  @Override
  public void close() {
    server.close();
  }
}
