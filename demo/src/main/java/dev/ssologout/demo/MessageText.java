package dev.ssologout.demo;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParser;
import dev.ssologout.demo.Screen.Style;
import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Messages in a form that people read. */
final class MessageText {

  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final String INDENT = " ".repeat("HH:mm:ss.SSS  ".length());
  private static final Duration FRESH = Duration.ofMinutes(1);
  private static final int SHORT_ID = 8;

  private MessageText() {}

  /** Two lines with what matters. */
  static String readable(SessionEnded message, Instant now, Screen screen) {
    Duration delay = Duration.between(message.time(), now);
    boolean fresh = !delay.isNegative() && delay.compareTo(FRESH) < 0;
    return "%s  %s: %s, by %s%s\n%suser %s  session %s  clients %s"
        .formatted(
            CLOCK.format(message.time().atZone(ZoneId.systemDefault())),
            screen.styled(
                Style.BOLD, message.offline() ? "offline session ended" : "session ended"),
            screen.styled(Style.YELLOW, message.reason().wireName()),
            screen.styled(Style.CYAN, message.initiator().wireName()),
            fresh ? screen.styled(Style.DIM, "  (here " + delay.toMillis() + " ms later)") : "",
            INDENT,
            shortened(message.sub()),
            shortened(message.sid()),
            message.clients() == null || message.clients().isEmpty()
                ? "-"
                : String.join(", ", message.clients()));
  }

  /** The same JSON over several lines. */
  static String pretty(String json) {
    return PRETTY.toJson(JsonParser.parseString(json));
  }

  private static String shortened(String id) {
    return id.length() <= SHORT_ID ? id : id.substring(0, SHORT_ID);
  }
}
