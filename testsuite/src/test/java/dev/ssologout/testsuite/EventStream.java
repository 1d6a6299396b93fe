package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A reader of the broadcaster's stream, without a browser. */
final class EventStream implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final HttpResponse<InputStream> response;
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private volatile int beats;
  private volatile boolean ended;

  /**
   * @param receivedAt as of {@link System#nanoTime()}
   */
  record Event(String name, String id, Long retry, JsonNode data, long receivedAt) {}

  private EventStream(HttpResponse<InputStream> response) {
    this.response = response;
    Thread reader = new Thread(this::read, "event stream");
    reader.setDaemon(true);
    reader.start();
  }

  /** Where the broadcaster of a realm is. */
  static URI uri(TestRealm realm, String path) {
    return URI.create(realm.issuer() + "/logout-broadcaster/" + path);
  }

  /** Opens the stream with a token, as a client's server would. */
  static EventStream open(TestRealm realm, String token) {
    EventStream stream = open(uri(realm, "events"), "Authorization", "Bearer " + token);
    stream.awaitEvents(1);
    return stream;
  }

  /**
   * @param headers names and values in turn
   */
  static EventStream open(URI uri, String... headers) {
    HttpResponse<InputStream> response = request(uri, headers);
    if (response.statusCode() != 200) {
      throw new IllegalStateException(response.statusCode() + " " + body(response));
    }
    return new EventStream(response);
  }

  /** Asks for the stream and expects to be refused. */
  static HttpResponse<InputStream> request(URI uri, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  static String body(HttpResponse<InputStream> response) {
    try (InputStream body = response.body()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HttpResponse<InputStream> response() {
    return response;
  }

  List<Event> events() {
    return events;
  }

  /** How many signs of life have come. */
  int beats() {
    return beats;
  }

  /** Whether the server has ended the stream. */
  boolean ended() {
    return ended;
  }

  /** Waits until this many events have come; their names. */
  List<String> awaitEvents(int count) {
    await(count + " events").atMost(MessageLog.PATIENCE).until(() -> events.size() >= count);
    return events.stream().map(Event::name).toList();
  }

  /** Waits for the event that says that the session has ended. */
  JsonNode awaitEnded() {
    await("the end")
        .atMost(MessageLog.PATIENCE)
        .until(() -> events.stream().anyMatch(event -> event.name().equals("ended")));
    List<Event> ends = events.stream().filter(event -> event.name().equals("ended")).toList();
    assertThat(ends).hasSize(1);
    return ends.get(0).data();
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      String name = null;
      String id = null;
      Long retry = null;
      String data = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(':');
        if (colon > 0) {
          String value = line.substring(colon + 1).stripLeading();
          switch (line.substring(0, colon)) {
            case "event" -> name = value;
            case "id" -> id = value;
            case "retry" -> retry = Long.valueOf(value);
            case "data" -> data = value;
            default -> {}
          }
        } else if (colon == 0) {
          beats++;
        } else if (line.isEmpty() && name != null) {
          events.add(new Event(name, id, retry, JSON.readTree(data), System.nanoTime()));
          name = null;
          id = null;
          retry = null;
          data = null;
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Closed by one of the two.
    }
    ended = true;
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException e) {
      // It is gone already.
    }
  }
}
