package dev.ssologout.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CausesTest {
  private final Causes causes = new Causes();

  @Test
  void areKnownToOtherTransactionsUntilTheRequestEnds() {
    Causes.Teller request = causes.teller();
    request.sessionEnds("realm", "sid", Cause.LOGOUT);

    assertThat(causes.find("realm", "sid", "user")).isEqualTo(Cause.LOGOUT);
    assertThat(causes.find("other", "sid", "user")).isNull();
    request.close();
    assertThat(causes.find("realm", "sid", "user")).isNull();
  }

  @Test
  void ofTheSessionGoBeforeThoseOfItsUser() {
    Causes.Teller request = causes.teller();
    request.sessionsOfUserEnd("realm", "user", Cause.ADMIN_LOGOUT);
    request.sessionEnds("realm", "sid", Cause.SESSION_LIMIT);

    assertThat(causes.find("realm", "sid", "user")).isEqualTo(Cause.SESSION_LIMIT);
    assertThat(causes.find("realm", "another", "user")).isEqualTo(Cause.ADMIN_LOGOUT);
    request.close();
  }

  @Test
  void outliveARequestThatEndsSoonerAndToldAnother() {
    Causes.Teller first = causes.teller();
    Causes.Teller second = causes.teller();
    first.sessionEnds("realm", "sid", Cause.LOGOUT);
    second.sessionEnds("realm", "sid", Cause.ADMIN_LOGOUT);

    first.close();

    assertThat(causes.find("realm", "sid", "user")).isEqualTo(Cause.ADMIN_LOGOUT);
    second.close();
  }
}
