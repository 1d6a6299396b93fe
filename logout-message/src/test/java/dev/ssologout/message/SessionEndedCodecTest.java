package dev.ssologout.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SessionEndedCodecTest {
  private static final String EVENT =
      """
      {"specversion":"1.0","id":"1","source":"https://id.example/realms/acme",\
      "type":"dev.ssologout.session.ended.v1","time":"2026-11-20T10:00:00.123Z","subject":"s1",\
      "data":{"realm":"acme","sid":"s1","sub":"u1","offline":false,"reason":"logout",\
      "initiator":"user","clients":["shop"]}}""";

  @Test
  void readsWhatItWrites() throws Exception {
    SessionEnded onRealm = message(Reason.ADMIN_LOGOUT, Initiator.ADMIN);
    SessionEnded onClient = onRealm.forClient("pairwise-sub", "aaa.bbb.ccc");

    assertThat(SessionEndedCodec.decode(SessionEndedCodec.encode(onRealm))).isEqualTo(onRealm);
    assertThat(SessionEndedCodec.decode(SessionEndedCodec.encode(onClient))).isEqualTo(onClient);
    assertThat(onClient.clients()).isNull();
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void writesWhatTheSchemaAllows(Reason reason) throws Exception {
    for (Initiator initiator : Initiator.values()) {
      SessionEnded message = message(reason, initiator);
      assertThat(schemaErrors(SessionEndedCodec.encode(message))).isEmpty();
      assertThat(schemaErrors(SessionEndedCodec.encode(message.forClient("u", "a.b.c")))).isEmpty();
    }
  }

  @Test
  void schemaRefusesWhatTheContractForbids() throws Exception {
    assertThat(schemaErrors(EVENT)).isEmpty();
    assertThat(schemaErrors(EVENT.replace("\"sub\":\"u1\",", ""))).isNotEmpty();
    assertThat(schemaErrors(EVENT.replace("\"user\"", "\"someone\""))).isNotEmpty();
    assertThat(schemaErrors(EVENT.replace("\"clients\"", "\"logout_token\":\"a.b.c\",\"clients\"")))
        .isNotEmpty();
  }

  @Test
  void ignoresWhatALaterVersionAdds() throws Exception {
    String later =
        EVENT
            .replace("\"subject\"", "\"traceparent\":\"00-1\",\"new\":{\"a\":[1,{}]},\"subject\"")
            .replace("\"reason\":\"logout\"", "\"reason\":\"moon_phase\",\"more\":null")
            .replace("\"initiator\":\"user\"", "\"initiator\":\"robot\"");

    SessionEnded message = SessionEndedCodec.decode(later);

    assertThat(message.reason()).isEqualTo(Reason.UNKNOWN);
    assertThat(message.initiator()).isEqualTo(Initiator.SYSTEM);
    assertThat(message.sid()).isEqualTo("s1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"id\":\"1\", | `` | $.id: is missing",
        "\"id\":\"1\" | \"id\":\" \" | $.id: is empty",
        "\"id\":\"1\" | \"id\":1 | $.id: is not a string",
        "\"1.0\" | \"0.3\" | $.specversion: is not 1.0",
        "ended.v1 | ended.v2 | $.type: is not dev.ssologout.session.ended.v1",
        "2026-11-20T | yesterday | $.time: is not an RFC 3339 time",
        "https: | ht tp: | $.source: is not a URI",
        "\"sid\":\"s1\" | \"sid\":\"s2\" | $.subject: is not the sid",
        "\"sid\":\"s1\", | `` | $.data.sid: is missing",
        "\"sid\":\"s1\" | \"sid\":\"s1\",\"sid\":\"s1\" | $.data.sid: stands twice",
        "false | \"no\" | $.data.offline: is not true or false",
        "\"offline\":false, | `` | $.data.offline: is missing",
        "[\"shop\"] | [\"shop\",7] | $.data.clients[1]: is not a string",
        "[\"shop\"] | \"shop\" | $.data.clients: is not an array of strings",
        "\"data\" | \"date\" | $.data: is missing",
        "}} | }}{} | $: not well-formed JSON",
        "}} | } | $.data: the JSON ends too early",
        "\"u1\" | u1 | $.data.sub: not well-formed JSON",
      })
  void saysWhatIsWrongAndWhere(String part, String instead, String problem) {
    String text = EVENT.replace(part, instead);
    assertThat(text).isNotEqualTo(EVENT);
    assertThatThrownBy(() -> SessionEndedCodec.decode(text))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageStartingWith(problem);
  }

  @ParameterizedTest
  @CsvSource({"''", "[]", "null", "not json", "'{'"})
  void refusesWhatIsNoEvent(String text) {
    assertThatThrownBy(() -> SessionEndedCodec.decode(text))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageStartingWith("$");
  }

  @Test
  void refusesNullAndTheOversized() {
    assertThatThrownBy(() -> SessionEndedCodec.decode(null))
        .isInstanceOf(MalformedMessageException.class);
    String large = EVENT.replace("shop", "x".repeat(SessionEndedCodec.MAX_LENGTH));
    assertThatThrownBy(() -> SessionEndedCodec.decode(large)).hasMessageContaining("longer than");
  }

  @Test
  void keepsTheLogoutTokenOutOfItsText() {
    SessionEnded message = message(Reason.LOGOUT, Initiator.USER).forClient("u1", "se.cr.et");
    assertThat(message.toString()).doesNotContain("se.cr.et").contains("s1");
  }

  private static SessionEnded message(Reason reason, Initiator initiator) {
    return new SessionEnded(
        "5f0c6f0e-0000-8000-8000-000000000000",
        URI.create("https://id.example/realms/acme"),
        Instant.parse("2026-11-20T10:00:00.123Z"),
        "acme",
        "s1",
        "u1",
        true,
        reason,
        initiator,
        List.of("shop", "https://blog.example/\"quoted\"\n상점"),
        null);
  }

  private static Iterable<?> schemaErrors(String json) throws Exception {
    try (InputStream schema = SessionEnded.class.getResourceAsStream(SessionEnded.SCHEMA)) {
      JsonSchema validator =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema);
      return validator.validate(
          json,
          InputFormat.JSON,
          context -> context.getExecutionConfig().setFormatAssertionsEnabled(true));
    }
  }
}
