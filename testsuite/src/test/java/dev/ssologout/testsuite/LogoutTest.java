package dev.ssologout.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.message.SessionEnded;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

@IntegrationTest
class LogoutTest {

  @Test
  void tellsTheRealmAndEveryClientOfTheSession(TestRealm realm) {
    Login atShop = realm.signIn("alice", "shop");
    atShop.userAgent().alsoAt("blog");

    atShop.logout();

    SessionEnded message = realm.messages().awaitOne();
    assertThat(message.sid()).isEqualTo(atShop.sid());
    assertThat(message.sub()).isEqualTo(realm.userId("alice"));
    assertThat(message.realm()).isEqualTo(realm.name());
    assertThat(message.source()).isEqualTo(realm.issuer());
    assertThat(message.clients()).containsExactly("blog", "shop");
    assertThat(message.reason()).isEqualTo(Reason.LOGOUT);
    assertThat(message.initiator()).isEqualTo(Initiator.USER);
    assertThat(message.offline()).isFalse();
    Assertions.assertThat(message.time())
        .isCloseTo(Instant.now(), Assertions.within(Duration.ofMinutes(1)));
    for (String client : Set.of("shop", "blog")) {
      assertThat(realm.messages().all(client))
          .filteredOn(m -> m.sid().equals(atShop.sid()))
          .singleElement()
          .isEqualTo(
              message.forClient(message.sub(), realm.messages().logoutToken(client, atShop.sid())));
    }
  }

  @Test
  void publishesOnceOnEveryChannelOfTheSameName(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");

    login.logout();

    realm.messages().awaitOne();
    String realmChannel = realm.names().realm(realm.name());
    assertThat(realm.messages().timesPublished(realmChannel, login.sid())).isEqualTo(1);
    assertThat(realm.messages().timesPublished(realmChannel + ":client:shop", login.sid()))
        .isEqualTo(1);
    assertThat(realm.messages().timesPublished(realmChannel + ":client:blog", login.sid()))
        .isZero();
  }

  @Test
  void marksTheSessionAsEndedForAsLongAsItsTokensCouldLive(TestRealm realm) {
    realm.update(settings -> settings.setAccessTokenLifespan(400));
    Login login = realm.signIn("alice", "shop");

    login.logout();

    SessionEnded message = realm.messages().awaitOne();
    assertThat(realm.messages().marker(login.sid()))
        .isEqualTo(Long.toString(message.time().getEpochSecond()));
    // The realm's implicit flow allows 900 s, the longest of all.
    assertThat(realm.messages().markerLife(login.sid())).isBetween(900L, 960L);
  }

  @Test
  void tellsOfALogoutByRefreshToken(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    UserAgent.expect(login.logoutByRefreshToken(), 204);

    SessionEnded message = realm.messages().awaitOne();
    assertThat(message.sid()).isEqualTo(login.sid());
    assertThat(message.clients()).containsExactly("blog", "shop");
    assertThat(message.reason()).isEqualTo(Reason.LOGOUT);
  }

  @Test
  void tellsOfAnOfflineSessionWithAllOfItsClients(TestRealm realm) {
    Login online = realm.signIn("alice", "shop");
    online.userAgent().alsoOfflineAt("shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    UserAgent.expect(offline.logoutByRefreshToken(), 204);

    assertThat(realm.messages().awaitExactly(2))
        .allSatisfy(message -> assertThat(message.sid()).isEqualTo(online.sid()))
        .allSatisfy(message -> assertThat(message.clients()).containsExactly("blog", "shop"))
        .extracting(SessionEnded::offline)
        .containsExactlyInAnyOrder(true, false);
  }

  @Test
  void tellsOnceWhenTheSameSessionIsSignedOutTwice(TestRealm realm) {
    Login login = realm.signIn("alice", "shop");

    UserAgent.expect(login.logoutByRefreshToken(), 204);
    login.logoutByRefreshToken();
    login
        .userAgent()
        .get(
            login.userAgent().endpoint("logout"),
            java.util.Map.of("id_token_hint", login.idToken()));

    assertThat(realm.messages().awaitOne().sid()).isEqualTo(login.sid());
  }

  @Test
  void tellsOfTheSessionThatAnAdminEnds(TestRealm realm) {
    Login ended = realm.signIn("alice", "shop");
    Login other = realm.signIn("alice", "shop");

    realm.admin().deleteSession(ended.sid(), false);

    SessionEnded message = realm.messages().awaitOne();
    assertThat(message.sid()).isEqualTo(ended.sid()).isNotEqualTo(other.sid());
    assertThat(message.sub()).isEqualTo(realm.userId("alice"));
    assertThat(message.clients()).containsExactly("shop");
    assertThat(message.reason()).isEqualTo(Reason.ADMIN_LOGOUT);
    assertThat(message.initiator()).isEqualTo(Initiator.ADMIN);
  }

  @Test
  void tellsOfEverySessionOfAUserWhomAnAdminSignsOut(TestRealm realm) {
    Login first = realm.signIn("alice", "shop");
    Login second = realm.signIn("alice", "blog");
    realm.signIn("bob", "blog");

    realm.admin().users().get(realm.userId("alice")).logout();

    assertThat(realm.messages().awaitExactly(2))
        .allSatisfy(
            message -> {
              assertThat(message.reason()).isEqualTo(Reason.ADMIN_LOGOUT);
              assertThat(message.initiator()).isEqualTo(Initiator.ADMIN);
              assertThat(message.sub()).isEqualTo(realm.userId("alice"));
            })
        .extracting(SessionEnded::sid)
        .containsExactlyInAnyOrder(first.sid(), second.sid());
  }

  @Test
  void tellsOnceWhenManyEndTheSameSessionAtOnce(Stack stack, TestRealm realm) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 5; round++) {
        Login login = realm.signIn("alice", "shop");
        URI session =
            URI.create(stack.url() + "/admin/realms/" + realm.name() + "/sessions/" + login.sid());
        String token = stack.admin().tokenManager().getAccessTokenString();
        List<Callable<Integer>> ends = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          ends.add(() -> login.logoutByRefreshToken().statusCode());
          ends.add(
              () ->
                  realm
                      .userAgent()
                      .call("DELETE", session, "Authorization", "Bearer " + token)
                      .statusCode());
        }
        for (Future<Integer> end : executor.invokeAll(ends)) {
          assertThat(end.get()).isLessThan(500);
        }
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(realm.messages().awaitExactly(5))
        .extracting(SessionEnded::sid)
        .doesNotHaveDuplicates();
  }

  @Test
  void givesEveryEndAnIdOfItsOwn(TestRealm realm) {
    for (int i = 0; i < 5; i++) {
      realm.signIn("alice", "shop").logout();
    }
    Set<String> ids =
        realm.messages().awaitExactly(5).stream().map(SessionEnded::id).collect(Collectors.toSet());
    assertThat(ids).hasSize(5);
  }

  @Test
  void saysNothingForARealmWithoutTheListener(Stack stack, TestRealm watched) {
    try (TestRealm unwatched =
        stack.createRealm(realm -> realm.getEventsListeners().remove(TestRealm.LISTENER))) {
      unwatched.signIn("alice", "shop").logout();
      Login login = unwatched.signIn("alice", "shop");
      unwatched.admin().deleteSession(login.sid(), false);

      // The relay goes by age: had there been a message, this one would come after it.
      watched.signIn("alice", "shop").logout();
      watched.messages().awaitOne();
      assertThat(unwatched.messages().all()).isEmpty();
    }
  }

  @Test
  void saysNothingForAnAdminCallThatNamesNoSession(Stack stack, TestRealm realm) {
    Login login = realm.signIn("alice", "shop");
    String token = stack.admin().tokenManager().getAccessTokenString();
    for (String id : new String[] {"unknown", "%0D%0Aevil", "..", "a%2Fb", login.sid() + "x"}) {
      URI uri = URI.create(stack.url() + "/admin/realms/" + realm.name() + "/sessions/" + id);
      int status =
          realm.userAgent().call("DELETE", uri, "Authorization", "Bearer " + token).statusCode();
      assertThat(status).as(id).isBetween(400, 499);
    }

    assertThat(realm.messages().settled()).isEmpty();
    UserAgent.expect(login.refresh(), 200);
  }
}
