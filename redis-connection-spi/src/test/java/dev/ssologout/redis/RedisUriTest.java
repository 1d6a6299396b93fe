package dev.ssologout.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.HostAndPort;

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
        .isEqualTo(
            new RedisUri(
                RedisUri.Topology.STANDALONE,
                tls,
                user,
                password,
                Set.of(new HostAndPort(host, port)),
                null,
                database));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:6379, must be redis",
    "http://localhost, the scheme must be",
    "redis://, must be redis",
    "redis://host:99999, the port must be",
    "redis://host/one, the database",
    "'redis://one,two', several hosts need",
    "redis-sentinel://host, after the hosts stands /master-name",
    "redis-sentinel://host/, after the hosts stands /master-name",
    "redis-sentinel://host/my/one, after the hosts stands /master-name",
    "'redis-sentinel://u:s3cret@one,/mymaster', must be redis",
    "redis-cluster://host/0, nothing stands after the hosts",
    "redis-clusters://host, the scheme must be",
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
  void readsSentinelsAndTheirMaster() {
    assertThat(RedisUri.parse("rediss-sentinel://u:p%2F@s1,s_2:5000,[::1]/my.master/2"))
        .isEqualTo(
            new RedisUri(
                RedisUri.Topology.SENTINEL,
                true,
                "u",
                "p/",
                Set.of(
                    new HostAndPort("s1", 26379),
                    new HostAndPort("s_2", 5000),
                    new HostAndPort("::1", 26379)),
                "my.master",
                2))
        .hasToString("rediss-sentinel://s1:26379,s_2:5000,[::1]:26379/my.master/2");
    assertThat(RedisUri.parse("redis-sentinel://s1/m").tls()).isFalse();
  }

  @Test
  void readsNodesOfACluster() {
    assertThat(RedisUri.parse("rediss-cluster://:pw@n1,n2:7000"))
        .isEqualTo(
            new RedisUri(
                RedisUri.Topology.CLUSTER,
                true,
                null,
                "pw",
                Set.of(new HostAndPort("n1", 6379), new HostAndPort("n2", 7000)),
                null,
                0))
        .hasToString("rediss-cluster://n1:6379,n2:7000");
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
