package dev.ssologout.testsuite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Keycloak's {@code /metrics} shows of ours, at one moment. */
final class Metrics {
  private static final Pattern NAME =
      Pattern.compile("^# TYPE (sso_logout_\\S+) (\\S+)$", Pattern.MULTILINE);

  private final String text;

  private Metrics(String text) {
    this.text = text;
  }

  static Metrics of(Stack stack) {
    return new Metrics(management(stack, "/metrics").body());
  }

  /** What the management interface answers. */
  static HttpResponse<String> management(Stack stack, String path) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create(stack.managementUrl() + path)).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The names of ours. */
  Set<String> names() {
    Set<String> names = new TreeSet<>();
    Matcher matcher = NAME.matcher(text);
    while (matcher.find()) {
      // OpenMetrics has the suffix at the sample only.
      names.add(matcher.group(1) + (matcher.group(2).equals("counter") ? "_total" : ""));
    }
    return names;
  }

  /**
   * @param sample the name as it stands in the text, with the labels if it has any
   */
  double value(String sample) {
    return text.lines()
        .filter(line -> line.startsWith(sample + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + sample + " in " + text));
  }
}
