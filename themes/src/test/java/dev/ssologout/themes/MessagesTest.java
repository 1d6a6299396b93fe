package dev.ssologout.themes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.message.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.Arrays;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the theme says, it says whole in both languages. */
class MessagesTest {
  private static final String THEME = "/theme/sso-logout/login/";

  @Test
  void saysEverythingInBothLanguages() {
    assertThat(messages("ko").stringPropertyNames())
        .containsAll(messages("en").stringPropertyNames());
    messages("en")
        .forEach(
            (key, text) ->
                assertThat(new MessageFormat(messages("ko").getProperty((String) key)).getFormats())
                    .as("the parameters of %s", key)
                    .hasSameSizeAs(new MessageFormat((String) text).getFormats()));
  }

  /** Keycloak formats every message, and takes an apostrophe for a quotation mark. */
  @ParameterizedTest
  @ValueSource(strings = {"en", "ko"})
  void hasNoApostrophes(String language) {
    assertThat(messages(language).values())
        .allSatisfy(text -> assertThat((String) text).doesNotContain("'"));
  }

  @ParameterizedTest
  @EnumSource
  void saysSomethingOfEveryEnd(EndNotice notice) {
    assertThat(messages("en"))
        .containsKeys(notice.titleKey(), notice.titleKey().replace(".title", ".text"));
  }

  @Test
  void hasOneNoticeForEachReason() {
    assertThat(Reason.values())
        .allSatisfy(
            reason ->
                assertThat(reason == Reason.UNKNOWN || reason == Reason.USER_REMOVED)
                    .isEqualTo(EndNotice.of(reason) == EndNotice.UNKNOWN));
  }

  @Test
  void hasNoMessageThatNoPageShows() {
    String templates =
        Stream.of(
                "logout-layout",
                "logout-confirm",
                "frontchannel-logout",
                "info",
                "error",
                "login-page-expired",
                "session-ended")
            .map(name -> text(name + ".ftl"))
            .reduce("", String::concat);
    Matcher key = Pattern.compile("msg\\(\"([A-Za-z.-]+)\"").matcher(templates);
    assertThat(key.results().map(match -> match.group(1)))
        .containsAll(
            messages("en").stringPropertyNames().stream()
                .filter(name -> !name.startsWith("sessionEnded."))
                .toList());
    assertThat(
            messages("en").stringPropertyNames().stream()
                .filter(name -> name.startsWith("sessionEnded."))
                .map(name -> name.split("\\.")[1])
                .distinct())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    Arrays.stream(EndNotice.values()).map(EndNotice::key), Stream.of("signed_in"))
                .toList());
  }

  private static Properties messages(String language) {
    Properties messages = new Properties();
    try (InputStream file = file("messages/messages_" + language + ".properties")) {
      messages.load(new InputStreamReader(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return messages;
  }

  private static String text(String name) {
    try (InputStream file = file(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InputStream file(String name) {
    return MessagesTest.class.getResourceAsStream(THEME + name);
  }
}
