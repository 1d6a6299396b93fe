package dev.ssologout.testsuite;

import com.microsoft.playwright.Page;
import dev.ssologout.message.LogoutNames;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.keycloak.admin.client.resource.RealmResource;
import org.keycloak.representations.idm.AuthenticationExecutionInfoRepresentation;
import org.keycloak.representations.idm.AuthenticatorConfigRepresentation;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.CredentialRepresentation;
import org.keycloak.representations.idm.RealmRepresentation;
import org.keycloak.representations.idm.UserRepresentation;

/**
 * A realm of its own for one test, with the listener on, the public clients {@code shop} and {@code
 * blog}, and the users {@code alice} and {@code bob}, whose passwords are their names.
 */
final class TestRealm implements AutoCloseable {
  static final String LISTENER = "redis-logout";

  private static final String CHEAP_PASSWORDS =
      "hashAlgorithm(pbkdf2-sha256) and hashIterations(1)";

  private final Stack stack;
  private final String name;
  private final MessageLog messages;
  private boolean removed;

  private TestRealm(Stack stack, String name) {
    this.stack = stack;
    this.name = name;
    this.messages = new MessageLog(this, stack.connect());
  }

  static TestRealm create(Stack stack, Consumer<RealmRepresentation> settings) {
    RealmRepresentation realm = new RealmRepresentation();
    realm.setRealm("r" + UUID.randomUUID().toString().substring(0, 8));
    realm.setEnabled(true);
    realm.setEventsListeners(new ArrayList<>(List.of("jboss-logging", LISTENER)));
    realm.setClients(new ArrayList<>(List.of(client("shop"), client("blog"))));
    realm.setUsers(new ArrayList<>(List.of(user("alice"), user("bob"))));
    settings.accept(realm);
    // Imported users have no roles unless told, and so neither account API nor offline access.
    realm
        .getUsers()
        .forEach(user -> user.setRealmRoles(List.of("default-roles-" + realm.getRealm())));
    stack.admin().realms().create(realm);
    return new TestRealm(stack, realm.getRealm());
  }

  /** Has neither passwords nor signatures take the time of a test with many sessions. */
  static void makeCheap(RealmRepresentation realm) {
    realm.setPasswordPolicy(CHEAP_PASSWORDS);
    realm
        .getClients()
        .forEach(client -> client.getAttributes().put("id.token.signed.response.alg", "HS256"));
  }

  static ClientRepresentation client(String clientId) {
    ClientRepresentation client = new ClientRepresentation();
    client.setClientId(clientId);
    client.setEnabled(true);
    client.setPublicClient(true);
    client.setStandardFlowEnabled(true);
    client.setDirectAccessGrantsEnabled(true);
    client.setRedirectUris(List.of(redirectUri(clientId)));
    client.setAttributes(new HashMap<>());
    client.getAttributes().put("post.logout.redirect.uris", redirectUri(clientId));
    return client;
  }

  static UserRepresentation user(String username) {
    CredentialRepresentation password = new CredentialRepresentation();
    password.setType(CredentialRepresentation.PASSWORD);
    password.setValue(username);
    UserRepresentation user = new UserRepresentation();
    user.setUsername(username);
    user.setEnabled(true);
    user.setEmail(username + "@example.org");
    user.setEmailVerified(true);
    user.setFirstName(username);
    user.setLastName("Example");
    user.setCredentials(List.of(password));
    return user;
  }

  static String redirectUri(String clientId) {
    return "http://127.0.0.1:1/" + clientId;
  }

  String name() {
    return name;
  }

  /** Keycloak's admin API for this realm. */
  RealmResource admin() {
    return stack.admin().realm(name);
  }

  Stack stack() {
    return stack;
  }

  /** The issuer, which is also the realm's base address. */
  URI issuer() {
    return URI.create(stack.url() + "/realms/" + name);
  }

  /** An address of Keycloak's admin API for this realm. */
  URI adminUri(String path) {
    return URI.create(stack.url() + "/admin/realms/" + name + path);
  }

  /** What has been sent about this realm. */
  MessageLog messages() {
    return messages;
  }

  LogoutNames names() {
    return new LogoutNames(LogoutNames.DEFAULT_PREFIX);
  }

  /** A browser without cookies in which nobody has signed in. */
  UserAgent userAgent() {
    return new UserAgent(this);
  }

  /** Signs a user in at a client in a browser of its own. */
  Login signIn(String username, String clientId) {
    return userAgent().signIn(username, clientId);
  }

  /** Signs a user in at the account console in a real browser. */
  void signIn(String username, Page page) {
    page.navigate(issuer() + "/account/");
    page.locator("#username").fill(username);
    page.locator("#password").fill(username);
    page.locator("#kc-login").click();
    page.waitForURL(url -> url.startsWith(issuer() + "/account/") && !url.contains("code="));
  }

  String userId(String username) {
    return admin().users().searchByUsername(username, true).get(0).getId();
  }

  /** Gives a user a role of a client. */
  void grant(String username, String clientId, String role) {
    String id = admin().clients().findByClientId(clientId).get(0).getId();
    admin()
        .users()
        .get(userId(username))
        .roles()
        .clientLevel(id)
        .add(List.of(admin().clients().get(id).roles().get(role).toRepresentation()));
  }

  /** Lets a user have this many sessions: the oldest makes way for a new one. */
  void limitSessions(int limit) {
    String flow = "browser with a limit";
    Stack.succeeded(admin().flows().copy("browser", Map.of("newName", flow)));
    String forms = flow + " forms";
    admin().flows().addExecution(forms, Map.of("provider", "user-session-limits"));
    AuthenticationExecutionInfoRepresentation execution =
        admin().flows().getExecutions(forms).stream()
            .filter(candidate -> "user-session-limits".equals(candidate.getProviderId()))
            .findFirst()
            .orElseThrow();
    execution.setRequirement("REQUIRED");
    admin().flows().updateExecutions(forms, execution);
    AuthenticatorConfigRepresentation config = new AuthenticatorConfigRepresentation();
    config.setAlias("limit");
    config.setConfig(
        Map.of(
            "behavior",
            "Terminate oldest session",
            "userRealmLimit",
            Integer.toString(limit),
            "userClientLimit",
            "0"));
    Stack.succeeded(admin().flows().newExecutionConfig(execution.getId(), config));
    update(settings -> settings.setBrowserFlow(flow));
  }

  /** Changes a client's settings. */
  void updateClient(String clientId, Consumer<ClientRepresentation> change) {
    ClientRepresentation client = admin().clients().findByClientId(clientId).get(0);
    change.accept(client);
    admin().clients().get(client.getId()).update(client);
  }

  /** Changes the realm's settings. */
  void update(Consumer<RealmRepresentation> change) {
    RealmRepresentation realm = admin().toRepresentation();
    change.accept(realm);
    admin().update(realm);
  }

  @Override
  public void close() {
    messages.close();
    if (stack.isAlive() && !removed) {
      admin().remove();
    }
  }

  /** Removes the realm as an administrator does; what was sent about it stays readable. */
  void remove() {
    admin().remove();
    removed = true;
  }
}
