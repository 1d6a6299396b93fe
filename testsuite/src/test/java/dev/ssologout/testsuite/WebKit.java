package dev.ssologout.testsuite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ssologout.launcher.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * WebKitGTK's MiniBrowser with tabs, driven by WebDriver (W3C), of which these few commands are
 * enough. It is not Safari: it has WebKit's partitions, but not what Safari adds to them.
 */
final class WebKit implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DRIVER = Path.of("/usr/bin/WebKitWebDriver");
  private static final Path DISPLAY = Path.of("/usr/bin/Xvfb");
  private static final Path BROWSER =
      Path.of("/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process display;
  private final Process driver;
  private final URI session;

  private WebKit(Process display, Process driver, int port) throws IOException {
    this.display = display;
    this.driver = driver;
    URI root = URI.create("http://127.0.0.1:" + port);
    Awaitility.await("WebKitWebDriver")
        .atMost(MessageLog.PATIENCE)
        .ignoreExceptions()
        .until(() -> call("GET", URI.create(root + "/status"), null) != null);
    ObjectNode capabilities = JSON.createObjectNode();
    ObjectNode wanted = capabilities.putObject("capabilities").putObject("alwaysMatch");
    // A page that goes on to another never counts as loaded.
    wanted.put("pageLoadStrategy", "none");
    wanted.put("acceptInsecureCerts", true);
    ObjectNode options = wanted.putObject("webkitgtk:browserOptions");
    options.put("binary", BROWSER.toString());
    options.putArray("args").add("--automation");
    JsonNode created = call("POST", URI.create(root + "/session"), capabilities);
    session = URI.create(root + "/session/" + created.get("sessionId").asText());
  }

  /** The test is skipped where there is no WebKitGTK. */
  static WebKit start() {
    for (Path needed : List.of(DRIVER, DISPLAY, BROWSER)) {
      Assumptions.assumeTrue(Files.isExecutable(needed), "needs " + needed);
    }
    int port = FreePort.find();
    String name = ":" + ThreadLocalRandom.current().nextInt(1000, 30_000);
    try {
      Process display =
          new ProcessBuilder(DISPLAY.toString(), name, "-nolisten", "tcp")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      ProcessBuilder driver =
          new ProcessBuilder(DRIVER.toString(), "--host=127.0.0.1", "--port=" + port)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD);
      driver
          .environment()
          .putAll(Map.of("DISPLAY", name, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"));
      Process started = driver.start();
      try {
        return new WebKit(display, started, port);
      } catch (IOException | RuntimeException e) {
        BrowserProfile.end(started);
        BrowserProfile.end(display);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens a tab, which is then the one that is driven. */
  String tab() {
    ObjectNode type = JSON.createObjectNode().put("type", "tab");
    String handle = command("POST", "/window/new", type).get("handle").asText();
    turnTo(handle);
    return handle;
  }

  /** Drives another tab. */
  void turnTo(String handle) {
    command("POST", "/window", JSON.createObjectNode().put("handle", handle));
  }

  void navigate(String url) {
    command("POST", "/url", JSON.createObjectNode().put("url", url));
  }

  /** The value of an expression. */
  JsonNode evaluate(String expression) {
    ObjectNode script = JSON.createObjectNode().put("script", "return " + expression);
    script.putArray("args");
    return command("POST", "/execute/sync", script);
  }

  /** Waits until an expression is true. */
  void await(String expression) {
    Awaitility.await(expression)
        .atMost(MessageLog.PATIENCE)
        .ignoreExceptions()
        .until(() -> evaluate("Boolean(" + expression + ")").asBoolean());
  }

  private JsonNode command(String method, String path, JsonNode body) {
    return call(method, URI.create(session + path), body);
  }

  private JsonNode call(String method, URI uri, JsonNode body) {
    try {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(uri)
                  .timeout(Duration.ofMinutes(1))
                  .method(
                      method,
                      body == null
                          ? HttpRequest.BodyPublishers.noBody()
                          : HttpRequest.BodyPublishers.ofString(body.toString()))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IllegalStateException(method + " " + uri + ": " + response.body());
      }
      return JSON.readTree(response.body()).get("value");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      command("DELETE", "", null);
    } finally {
      BrowserProfile.end(driver);
      BrowserProfile.end(display);
    }
  }
}
