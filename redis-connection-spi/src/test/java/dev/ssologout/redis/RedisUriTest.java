package dev.ssologout.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisUriTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "redis://localhost, false, -, -, localhost, 6379, 0",
        "redis://localhost/, false, -, -, localhost, 6379, 0",
        "rediss://redis.example:6380/3, true, -, -, redis.example, 6380, 3",
        "redis://:secret@my_redis, false, -, secret, my_redis, 6379, 0",
        "redis://app:p%40ss%2Fw%3Ard+%25@10.0.0.1:1, false, app, p@ss/w:rd+%, 10.0.0.1, 1, 0",
        "REDIS://a:b:c@[::1]:6379/15, false, a, b:c, ::1, 6379, 15",
      })
  void readsEveryPart(
      String text, boolean tls, String user, String password, String host, int port, int database) {
    assertThat(RedisUri.parse(text))
        .isEqualTo(new RedisUri(tls, user, password, host, port, database));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:6379, must be redis",
    "http://localhost, the scheme must be",
    "redis://, must be redis",
    "redis://host:99999, the port must be",
    "redis://host/one, must be redis",
    "redis://host?x=1, must be redis",
    "redis://s3cret@host, give user:password",
    "redis://user:@host, is empty",
    "redis://user:s3cr%et@host, percent-encoded",
    "redis://user:s3cret@ho st, must be redis",
  })
  void refusesTheRestWithoutSayingTheSecret(String text, String problem) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisUri.parse(text))
        .withMessageContaining(problem)
        .withMessageNotContaining("s3cr");
  }

  @Test
  void hidesCredentialsHoweverBrokenTheText() {
    assertThat(RedisUri.withoutCredentials("redis://u:p@h:1")).isEqualTo("redis://***@h:1");
    assertThat(RedisUri.withoutCredentials("u:p@h")).isEqualTo("***@h");
    assertThat(RedisUri.withoutCredentials("redis:/u:p@x@h")).isEqualTo("***@h");
    assertThat(RedisUri.withoutCredentials("redis://h:1")).isEqualTo("redis://h:1");
    assertThat(RedisUri.parse("redis://u:p@h")).hasToString("redis://h:6379/0");
  }
}
