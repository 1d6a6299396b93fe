package dev.ssologout.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestBodyTest {

  record Body(String client, boolean all) {}

  @Test
  void readsTheMembersOfTheType() {
    assertThat(parse("{\"client\":\"shop\",\"all\":true}")).isEqualTo(new Body("shop", true));
    assertThat(parse("{}")).isEqualTo(new Body(null, false));
  }

  @Test
  void refusesEverythingElse() {
    refuses("{\"klient\":\"shop\"}", "klient");
    refuses("{\"all\":\"yes\"}", "all");
    refuses("{\"all\":1}", "all");
    refuses("{\"client\":{}}", "client");
    refuses("{\"client\":7}", "client");
    for (String bad :
        new String[] {"", "null", "[]", "\"shop\"", "{", "{} {}", "{\"all\":true,\"all\":false}"}) {
      assertThatThrownBy(() -> parse(bad))
          .as(bad)
          .isInstanceOfSatisfying(
              ProblemException.class,
              problem -> assertThat(problem.type()).isEqualTo(ProblemType.INVALID_BODY));
    }
  }

  private static void refuses(String body, String member) {
    assertThatThrownBy(() -> parse(body))
        .as(body)
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> assertThat(problem.member("member")).isEqualTo(member));
  }

  private static Body parse(String body) {
    return RequestBody.parse(body.getBytes(StandardCharsets.UTF_8), Body.class);
  }
}
