package dev.ssologout.relyingparty.spring;

import static org.awaitility.Awaitility.await;

import dev.ssologout.message.LogoutNames;
import dev.ssologout.message.SessionEnded;
import dev.ssologout.message.SessionEndedCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.resps.StreamEntry;

/** Sessions that nobody ends; Keycloak's sweep takes them minutes after their time. */
@Tag("faults")
@Execution(ExecutionMode.CONCURRENT)
class ExpiredSessionTest {
  private static final Duration UNTIL_SWEPT = Duration.ofMinutes(6);
  private static final int USERS = 10;

  @ParameterizedTest
  @EnumSource(Instance.Store.class)
  void endsBothHttpSessionsWhenTheSsoSessionExpires(Instance.Store store) throws Exception {
    List<String> users = IntStream.range(0, USERS).mapToObj(i -> "user" + i).toList();
    String realm = Identity.shared().createRealm(", \"ssoSessionIdleTimeout\": 10", users);
    String stream = new LogoutNames(LogoutNames.DEFAULT_PREFIX).client(realm, "shop");
    try (Instance one = new Instance(realm, store).start();
        Instance other = new Instance(realm, store).start();
        RedisClient operator = RedisClient.create(Identity.shared().redis().uri())) {
      Map<String, Browser> signedIn = new LinkedHashMap<>();
      for (String username : users) {
        Browser browser = new Browser();
        browser.signIn(one, username);
        browser.signIn(other, username);
        signedIn.put(Identity.shared().userId(realm, username), browser);
      }
      await()
          .atMost(UNTIL_SWEPT)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> operator.exists(stream));
      Map<String, Instant> gone = new HashMap<>();
      await()
          .atMost(UNTIL_SWEPT)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                for (String sub : new ArrayList<>(signedIn.keySet())) {
                  Browser browser = signedIn.get(sub);
                  if (!browser.isSignedIn(one) && !browser.isSignedIn(other)) {
                    gone.put(sub, Instant.now());
                    signedIn.remove(sub);
                  }
                }
                return signedIn.isEmpty();
              });
      Delays delays = new Delays();
      for (StreamEntry entry : operator.xrange(stream, "-", "+")) {
        SessionEnded ended = SessionEndedCodec.decode(entry.getFields().get("message"));
        delays.add(Duration.between(ended.time(), gone.get(ended.sub())));
      }
      delays.print(
          "HTTP sessions in %s, ended by expiry, from the message's time to both gone"
              .formatted(store));
    }
  }
}
