package dev.ssologout.rest;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.keycloak.models.KeycloakSession;

/**
 * The query parameters of a request, read strictly: one that is unknown, given twice or not of its
 * type is answered with 400 and its name.
 */
public final class QueryParameters {
  private static final int LONGEST = 2048;

  private final Map<String, List<String>> parameters;

  private QueryParameters(Map<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  /**
   * @param known the names that there are
   * @throws ProblemException 400 if there is another
   */
  public static QueryParameters of(KeycloakSession session, String... known) {
    return of(session.getContext().getUri().getQueryParameters(), known);
  }

  static QueryParameters of(Map<String, List<String>> parameters, String... known) {
    Set<String> unknown = new TreeSet<>(parameters.keySet());
    Arrays.asList(known).forEach(unknown::remove);
    if (!unknown.isEmpty()) {
      String name = unknown.iterator().next();
      throw new ProblemException(
              ProblemType.UNKNOWN_PARAMETER,
              known.length == 0
                  ? "No query parameters are taken here"
                  : "The query parameters are " + String.join(", ", known))
          .with("parameter", name);
    }
    return new QueryParameters(parameters);
  }

  /** The text, which is neither empty nor longer than 2048 characters. */
  public Optional<String> text(String name) {
    List<String> values = parameters.getOrDefault(name, List.of());
    if (values.isEmpty()) {
      return Optional.empty();
    }
    if (values.size() > 1) {
      throw invalid(name, "is to be given once");
    }
    String value = values.get(0);
    if (value.isEmpty() || value.length() > LONGEST || value.indexOf('\0') >= 0) {
      throw invalid(name, "has 1 to " + LONGEST + " characters");
    }
    return Optional.of(value);
  }

  /** The whole number, or the default. */
  public int number(String name, int min, int max, int defaultValue) {
    String problem = "is a whole number from " + min + " to " + max;
    return text(name)
        .map(
            value -> {
              try {
                int number = Integer.parseInt(value);
                if (number >= min && number <= max) {
                  return number;
                }
              } catch (NumberFormatException e) {
                // Told below.
              }
              throw invalid(name, problem);
            })
        .orElse(defaultValue);
  }

  /** {@code true} or {@code false}, or empty where it is not given. */
  public Optional<Boolean> flag(String name) {
    return text(name)
        .map(
            value ->
                switch (value) {
                  case "true" -> true;
                  case "false" -> false;
                  default -> throw invalid(name, "is true or false");
                });
  }

  /** The time in ISO 8601 with an offset of zero, as {@code 2026-11-20T21:01:01Z}. */
  public Optional<Instant> time(String name) {
    return text(name)
        .map(
            value -> {
              try {
                return Instant.parse(value);
              } catch (DateTimeParseException e) {
                throw invalid(name, "is a time such as 2026-11-20T21:01:01Z");
              }
            });
  }

  /** One of the words, or the default. */
  public String choice(String name, List<String> words, String defaultValue) {
    return text(name)
        .map(
            value -> {
              if (!words.contains(value)) {
                throw invalid(name, "is one of " + String.join(", ", words));
              }
              return value;
            })
        .orElse(defaultValue);
  }

  /**
   * The error for a parameter.
   *
   * @param problem goes on after the parameter's name
   */
  public static ProblemException invalid(String name, String problem) {
    return new ProblemException(ProblemType.INVALID_PARAMETER, name + " " + problem)
        .with("parameter", name);
  }
}
