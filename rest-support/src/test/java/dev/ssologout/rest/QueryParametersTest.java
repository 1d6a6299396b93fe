package dev.ssologout.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class QueryParametersTest {

  @Test
  void readsWhatIsThere() {
    QueryParameters query =
        QueryParameters.of(
            Map.of(
                "max", List.of("7"),
                "offline", List.of("true"),
                "since", List.of("2026-11-20T21:01:01Z"),
                "sort", List.of("started")),
            "max",
            "offline",
            "since",
            "sort",
            "user");

    assertThat(query.number("max", 1, 10, 5)).isEqualTo(7);
    assertThat(query.flag("offline")).contains(true);
    assertThat(query.time("since")).contains(Instant.parse("2026-11-20T21:01:01Z"));
    assertThat(query.choice("sort", List.of("started", "lastAccess"), "lastAccess"))
        .isEqualTo("started");
    assertThat(query.text("user")).isEmpty();
  }

  @Test
  void takesDefaults() {
    QueryParameters query = QueryParameters.of(Map.of(), "max");

    assertThat(query.number("max", 1, 10, 5)).isEqualTo(5);
    assertThat(query.choice("sort", List.of("started"), "started")).isEqualTo("started");
  }

  @Test
  void refusesUnknownOnes() {
    refuses(
        ProblemType.UNKNOWN_PARAMETER,
        "first",
        () -> QueryParameters.of(Map.of("first", List.of("0"), "max", List.of("1")), "max"));
  }

  @Test
  void refusesOneThatIsGivenTwice() {
    refuses(
        ProblemType.INVALID_PARAMETER, "max", () -> of("max", "1", "2").number("max", 1, 10, 5));
  }

  @Test
  void refusesWhatIsNotOfTheType() {
    for (String bad : List.of("", "0", "11", "x", "1.5", "99999999999")) {
      refuses(ProblemType.INVALID_PARAMETER, "max", () -> of("max", bad).number("max", 1, 10, 5));
    }
    refuses(ProblemType.INVALID_PARAMETER, "offline", () -> of("offline", "1").flag("offline"));
    refuses(ProblemType.INVALID_PARAMETER, "since", () -> of("since", "yesterday").time("since"));
    refuses(
        ProblemType.INVALID_PARAMETER,
        "sort",
        () -> of("sort", "ip").choice("sort", List.of("started"), "started"));
    refuses(ProblemType.INVALID_PARAMETER, "user", () -> of("user", "a\0b").text("user"));
    refuses(ProblemType.INVALID_PARAMETER, "user", () -> of("user", "a".repeat(2049)).text("user"));
  }

  private static QueryParameters of(String name, String... values) {
    return QueryParameters.of(Map.of(name, List.of(values)), name);
  }

  private static void refuses(ProblemType type, String parameter, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> {
              assertThat(problem.type()).isEqualTo(type);
              assertThat(problem.member("parameter")).isEqualTo(parameter);
            });
  }
}
