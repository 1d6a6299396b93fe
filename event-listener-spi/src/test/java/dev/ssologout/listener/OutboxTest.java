package dev.ssologout.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.models.jpa.entities.OutboxEntryEntity;

class OutboxTest {
  private static final String TYPE = SessionEnded.TYPE;
  private static final String PACKED = TYPE + "+packed";

  @Test
  void unpacksWhatOneStatementEnded() throws Exception {
    OutboxEntryEntity row =
        row(
            PACKED,
            """
            {"source":"https://id.example/realms/acme","time":1700000000123,"realmId":"r1",
             "realm":"acme","reason":"logout_all","initiator":"admin","offline":true,
             "markerSeconds":960,"sids":["s1","s2"],"users":["u1","u2"],
             "started":[1600000000,1600000001],
             "clients":[["blog"],["blog","shop"]],"clientsOf":[1,0],
             "subs":{"1":{"blog":"pairwise"}}}
            """,
            null);

    List<Envelope> envelopes = Outbox.read(row);

    assertThat(envelopes)
        .extracting(envelope -> envelope.message().id())
        .containsExactly(
            MessageId.of("r1", "s1", true, 1600000000), MessageId.of("r1", "s2", true, 1600000001));
    assertThat(envelopes.get(0).message().clients()).containsExactly("blog", "shop");
    assertThat(envelopes.get(0).message().reason()).isEqualTo(Reason.LOGOUT_ALL);
    assertThat(envelopes.get(0).markerSeconds()).isEqualTo(960);
    assertThat(envelopes.get(0).subFor("blog")).isEqualTo("u1");
    assertThat(envelopes.get(1).message().offline()).isTrue();
    assertThat(envelopes.get(1).message().sub()).isEqualTo("u2");
    assertThat(envelopes.get(1).message().clients()).containsExactly("blog");
    assertThat(envelopes.get(1).pairwiseSubs()).isEqualTo(Map.of("blog", "pairwise"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      quoteCharacter = '`',
      value = {
        TYPE + " | - | {}",
        TYPE + " | not json | {}",
        TYPE + " | {\"specversion\":\"1.0\"} | {}",
        PACKED + " | - | -",
        PACKED + " | {} | -",
        PACKED + " | [] | -",
        PACKED + " | {\"sids\":[]} | -",
        PACKED + " | {\"sids\":[\"s\"],\"started\":[]} | -",
      })
  void saysThatAForeignRowCannotBeRead(String type, String payload, String metadata) {
    assertThatThrownBy(() -> Outbox.read(row(type, payload, metadata)))
        .isInstanceOf(Outbox.UnreadableRowException.class);
  }

  private static OutboxEntryEntity row(String type, String payload, String metadata) {
    OutboxEntryEntity row = new OutboxEntryEntity();
    row.setId("row");
    row.setEntryType(type);
    row.setPayload(payload);
    row.setMetadata(metadata);
    return row;
  }
}
