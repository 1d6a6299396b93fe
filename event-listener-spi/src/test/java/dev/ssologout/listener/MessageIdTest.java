package dev.ssologout.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MessageIdTest {

  @Test
  void isTheSameForTheSameEnd() {
    assertThat(MessageId.of("realm", "sid", false, 1700000000))
        .isEqualTo(MessageId.of("realm", "sid", false, 1700000000));
  }

  @Test
  void differsWhereAnythingDiffers() {
    assertThat(
            Stream.of(
                MessageId.of("realm", "sid", false, 1),
                MessageId.of("other", "sid", false, 1),
                MessageId.of("realm", "other", false, 1),
                MessageId.of("realm", "sid", true, 1),
                MessageId.of("realm", "sid", false, 2)))
        .doesNotHaveDuplicates();
  }

  @Test
  void isAUuidOfVersion8() {
    UUID id = UUID.fromString(MessageId.of("realm", "sid", true, 1));
    assertThat(id.version()).isEqualTo(8);
    assertThat(id.variant()).isEqualTo(2);
  }
}
