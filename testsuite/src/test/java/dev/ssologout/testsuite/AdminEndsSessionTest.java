package dev.ssologout.testsuite;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.keycloak.representations.idm.PartialImportRepresentation;
import org.keycloak.representations.idm.UserRepresentation;

/** The ways in which administrators end sessions: every one is told of, once. */
@IntegrationTest
class AdminEndsSessionTest {

  @Test
  void byRemovingOne(TestRealm realm) {
    Ending ending = Ending.by("session removed by an admin", realm);
    Login login = realm.signIn("alice", "shop");
    login.userAgent().alsoAt("blog");

    realm.admin().deleteSession(login.sid(), false);

    ending.tells(Reason.ADMIN_LOGOUT, Initiator.ADMIN, login.online("blog", "shop"));
  }

  @Test
  void byRemovingAnOfflineOne(TestRealm realm) {
    Ending ending = Ending.by("offline session removed by an admin", realm);
    Login offline = realm.userAgent().passwordGrant("alice", "blog", UserAgent.OFFLINE_SCOPE);

    realm.admin().deleteSession(offline.sid(), true);

    ending.tells(Reason.ADMIN_LOGOUT, Initiator.ADMIN, offline.offline("blog"));
  }

  @Test
  void byRemovingAnOfflineOneWithItsOnlineTwin(TestRealm realm) {
    Ending ending =
        Ending.by("offline session removed by an admin, online session of the same sid", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    realm.admin().deleteSession(offline.sid(), true);

    ending.tells(
        Reason.ADMIN_LOGOUT,
        Initiator.ADMIN,
        online.online("blog", "shop"),
        offline.offline("blog"));
  }

  @Test
  void bySigningAUserOut(TestRealm realm) {
    Ending ending = Ending.by("user signed out by an admin", realm);
    Login first = realm.signIn("alice", "shop");
    Login second = realm.signIn("alice", "blog");
    realm.signIn("bob", "blog");

    realm.admin().users().get(realm.userId("alice")).logout();

    ending.tells(Reason.ADMIN_LOGOUT, Initiator.ADMIN, first.online("shop"), second.online("blog"));
  }

  @Test
  void bySigningEverybodyOut(TestRealm realm) {
    Ending ending = Ending.by("everybody signed out by an admin", realm);
    Login alice = realm.signIn("alice", "shop");
    alice.userAgent().alsoOfflineAt("blog");
    Login bob = realm.signIn("bob", "shop");

    realm.admin().logoutAll();

    ending.tells(
        Reason.LOGOUT_ALL,
        Initiator.ADMIN,
        alice.online("blog", "shop"),
        alice.offline("blog"),
        bob.online("shop"));
  }

  @Test
  void byRemovingTheUser(TestRealm realm) {
    Ending ending = Ending.by("user removed by an admin", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    realm.admin().users().get(realm.userId("alice")).remove();

    ending.tells(
        Reason.USER_REMOVED,
        Initiator.ADMIN,
        online.online("blog", "shop"),
        offline.offline("blog"));
  }

  @Test
  void byOverwritingTheUserInAPartialImport(TestRealm realm) {
    Ending ending = Ending.by("user overwritten by a partial import", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    UserRepresentation alice = TestRealm.user("alice");
    PartialImportRepresentation imported = new PartialImportRepresentation();
    imported.setIfResourceExists(PartialImportRepresentation.Policy.OVERWRITE.name());
    imported.setUsers(List.of(alice));
    Stack.succeeded(realm.admin().partialImport(imported));

    ending.tells(
        Reason.USER_REMOVED,
        Initiator.ADMIN,
        online.online("blog", "shop"),
        offline.offline("blog"));
  }

  @Test
  void byRevokingTheConsentOfOfflineAccess(TestRealm realm) {
    Ending ending = Ending.by("offline access revoked by an admin", realm);
    Login online = realm.signIn("alice", "shop");
    Login offline = online.userAgent().alsoOfflineAt("blog");

    realm.admin().users().get(realm.userId("alice")).revokeConsent("blog");

    UserAgent.expect(online.refresh(), 200);
    ending.tells(Reason.ADMIN_LOGOUT, Initiator.ADMIN, offline.offline("blog"));
  }

  @Test
  void byRemovingTheRealm(Stack stack, TestRealm other) {
    try (TestRealm realm = stack.createRealm()) {
      Ending ending = Ending.by("realm removed by an admin", realm).probedIn(other);
      Login alice = realm.signIn("alice", "shop");
      alice.userAgent().alsoOfflineAt("blog");
      Login bob = realm.signIn("bob", "blog");

      realm.remove();

      ending.tells(
          Reason.REALM_REMOVED,
          Initiator.ADMIN,
          alice.online("blog", "shop"),
          alice.offline("blog"),
          bob.online("blog"));
    }
  }

  @Test
  void byImpersonatingAUserOfTheirOwnRealm(TestRealm realm) {
    Ending ending = Ending.by("impersonation ends the admin's own session", realm);
    realm.grant("alice", "realm-management", "impersonation");
    realm.grant("alice", "realm-management", "manage-users");
    Login admin = realm.signIn("alice", "shop");

    UserAgent.expect(
        admin
            .userAgent()
            .postJson(
                realm.adminUri("/users/" + realm.userId("bob") + "/impersonation"),
                "{}",
                admin.accessToken()),
        200);

    ending.tells(Reason.REPLACED, Initiator.ADMIN, admin.online("shop"));
  }
}
