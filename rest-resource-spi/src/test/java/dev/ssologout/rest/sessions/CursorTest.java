package dev.ssologout.rest.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ssologout.rest.ProblemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class CursorTest {
  private static final Cursor CURSOR = new Cursor(2, 1_795_219_261, "pJp1ikwOlBiGEH_bK9mRngPi");

  @Test
  void comesBackAsItWas() {
    assertThat(Cursor.decode(CURSOR.encode("acme", "started"), 6, "acme", "started"))
        .isEqualTo(CURSOR);
  }

  @Test
  void isGoodForItsOwnQuestionOnly() {
    assertThatThrownBy(() -> Cursor.decode(CURSOR.encode("acme", "started"), 6, "other", "started"))
        .isInstanceOf(ProblemException.class);
  }

  @Test
  void refusesWhatIsNoCursor() {
    String cursor = CURSOR.encode("acme");
    for (String bad :
        List.of("", "x", "*", cursor.substring(0, 10), cursor.substring(0, 17), "A".repeat(80))) {
      assertThatThrownBy(() -> Cursor.decode(bad, 6, "acme"))
          .as(bad)
          .isInstanceOf(ProblemException.class);
    }
    assertThatThrownBy(() -> Cursor.decode(cursor, 2, "acme")).isInstanceOf(ProblemException.class);
  }
}
