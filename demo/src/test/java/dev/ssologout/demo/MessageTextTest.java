package dev.ssologout.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageTextTest {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final SessionEnded MESSAGE =
      new SessionEnded(
          "id-1",
          URI.create("http://localhost:8080/realms/demo"),
          TIME,
          "demo",
          "abcdefghijkl",
          "mnopqrstuvwx",
          false,
          Reason.ADMIN_LOGOUT,
          Initiator.ADMIN,
          List.of("shop", "blog"),
          null);

  @Test
  void showsWhatMatters() {
    assertThat(shown(MESSAGE, TIME.plusMillis(12), false))
        .contains("session ended: admin_logout, by admin  (here 12 ms later)")
        .contains("user mnopqrst  session abcdefgh  clients shop, blog")
        .doesNotContain("\033");
  }

  @Test
  void leavesOutDelayOfOldMessage() {
    assertThat(shown(MESSAGE, TIME.plusSeconds(90), false)).doesNotContain("later");
  }

  @Test
  void coloursOnlyWhenWanted() {
    assertThat(shown(MESSAGE, TIME, true)).contains("\033[33m");
  }

  private static String shown(SessionEnded message, Instant now, boolean colour) {
    return MessageText.readable(message, now, new Screen(System.out, colour, colour));
  }
}
