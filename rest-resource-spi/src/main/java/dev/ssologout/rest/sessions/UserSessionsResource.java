package dev.ssologout.rest.sessions;

import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static jakarta.ws.rs.core.MediaType.TEXT_HTML;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.ssologout.rest.Caller;
import dev.ssologout.rest.CrossOrigin;
import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import dev.ssologout.rest.QueryParameters;
import dev.ssologout.rest.RequestBody;
import dev.ssologout.rest.SecurityHeaders;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.OPTIONS;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.keycloak.events.Details;
import org.keycloak.events.EventBuilder;
import org.keycloak.events.EventType;
import org.keycloak.models.AccountRoles;
import org.keycloak.models.ClientModel;
import org.keycloak.models.Constants;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RoleModel;
import org.keycloak.models.UserSessionModel;

/** A user's own sessions: {@code /realms/{realm}/sso-sessions}. */
public final class UserSessionsResource {
  /** The scope of access tokens that are good here; an optional client scope of the realm. */
  static final String SCOPE = "sso-sessions";

  private static final int DEFAULT_PAGE = 20;
  private static final int LARGEST_PAGE = 100;
  private static final int ENDED_AT_ONCE = 100;
  private static final String[] METHODS = {"GET", "POST", "DELETE"};

  private static final OtherRequests OTHER_REQUESTS =
      new OtherRequests(
          Map.of(
              "", "GET, HEAD, DELETE, OPTIONS",
              "status", "GET, HEAD, OPTIONS",
              "logout", "POST, OPTIONS",
              "openapi.json", "GET, HEAD, OPTIONS",
              "ui", "GET, HEAD, OPTIONS"),
          "GET, HEAD, DELETE, OPTIONS");

  private final KeycloakSession session;
  private final EndLimits endLimits;

  UserSessionsResource(KeycloakSession session, EndLimits endLimits) {
    this.session = session;
    this.endLimits = endLimits;
  }

  /** What {@code POST logout} may be sent. */
  record LogoutRequest(@JsonProperty("client_id") String clientId) {}

  /** What {@code POST logout} answers. */
  public record LogoutResult(
      boolean success, int endedSessions, int endedClientSessions, String message) {}

  /**
   * @param sid left out, as are the rest, where the session has ended
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Status(boolean active, String sid, Boolean offline, String expires) {}

  /**
   * @param complete whether all that was meant has ended; the call is to be repeated if not
   */
  public record EndAllResult(int endedSessions, int endedClientSessions, boolean complete) {}

  @OPTIONS
  public Response preflight() {
    return CrossOrigin.preflight(METHODS);
  }

  @OPTIONS
  @Path("{any:.*}")
  public Response preflightBelow() {
    return CrossOrigin.preflight(METHODS);
  }

  @GET
  @Produces(APPLICATION_JSON)
  public SessionView.Page list() {
    Caller caller = reader();
    QueryParameters query = QueryParameters.of(session, "max", "cursor", "sort", "offline");
    int max = query.number("max", 1, LARGEST_PAGE, DEFAULT_PAGE);
    SessionOrder order =
        SessionOrder.of(
            query.choice(
                "sort",
                SessionOrder.wireNames(),
                SessionOrder.LAST_ACCESS_LATEST_FIRST.wireName()));
    SessionFilter filter =
        SessionFilter.ofUser(caller.user().getId(), query.flag("offline").orElse(null));
    Object[] question = {realm().getId(), filter, order};
    Cursor after =
        query
            .text("cursor")
            .map(text -> Cursor.decode(text, SessionSearch.runs(), question))
            .orElse(null);
    SessionSearch.Result result = search(filter, order).find(after, max);
    return new SessionView.Page(
        views(caller, result.rows()),
        result.next() == null ? null : result.next().encode(question));
  }

  @GET
  @Path("status")
  @Produces(APPLICATION_JSON)
  public Status status() {
    SecurityHeaders.data(session);
    QueryParameters.of(session);
    Optional<ClientModel> endedFor = EndedSession.client(session);
    if (endedFor.isPresent()) {
      CrossOrigin.allow(session, endedFor.get());
      return new Status(false, null, null, null);
    }
    UserSessionModel own = reader().userSession();
    return new Status(
        true, own.getId(), own.isOffline(), SessionViews.time(row(own).expires(realm())));
  }

  @GET
  @Path("{sid}")
  @Produces(APPLICATION_JSON)
  public SessionView one(@PathParam("sid") String sid) {
    Caller caller = reader();
    Optional<Boolean> offline = QueryParameters.of(session, "offline").flag("offline");
    SessionRow row =
        SessionRows.find(session, realm(), sid, offline.orElse(null))
            .filter(found -> found.userId().equals(caller.user().getId()))
            .orElseThrow(UserSessionsResource::notFound);
    return views(caller, List.of(row)).get(0);
  }

  @DELETE
  @Path("{sid}")
  @Produces(APPLICATION_JSON)
  public SessionEnding.Result end(@PathParam("sid") String sid) {
    Caller caller = ender();
    Optional<String> clientId = QueryParameters.of(session, "client_id").text("client_id");
    SessionEnding ending = new SessionEnding(session, realm());
    if (!end(ending, caller, sid, clientId)) {
      throw notFound();
    }
    return ending.result();
  }

  /** Ends all sessions but the caller's, or that too. */
  @DELETE
  @Produces(APPLICATION_JSON)
  public EndAllResult endAll() {
    Caller caller = ender();
    boolean current = QueryParameters.of(session, "current").flag("current").orElse(false);
    SessionEnding ending = new SessionEnding(session, realm());
    String ownSid = caller.userSession().getId();
    SessionSearch.Result found =
        search(SessionFilter.ofUser(caller.user().getId(), null), SessionOrder.STARTED_LATEST_FIRST)
            .withoutData()
            .find(null, ENDED_AT_ONCE);
    found.rows().stream()
        .map(SessionRow::sid)
        .distinct()
        .filter(sid -> !sid.equals(ownSid))
        .forEach(sid -> end(ending, caller, sid, Optional.empty()));
    boolean complete = found.next() == null;
    if (current && complete) {
      // Last, so that the call can be repeated until then.
      end(ending, caller, ownSid, Optional.empty());
    }
    SessionEnding.Result result = ending.result();
    return new EndAllResult(result.endedSessions(), result.endedClientSessions(), complete);
  }

  /** Ends the caller's session, or a client's part of it. */
  @POST
  @Path("logout")
  @Produces(APPLICATION_JSON)
  public LogoutResult logout(InputStream body) {
    Caller caller = ender();
    QueryParameters.of(session);
    Optional<String> clientId =
        RequestBody.json(session, body, LogoutRequest.class).map(LogoutRequest::clientId);
    SessionEnding ending = new SessionEnding(session, realm());
    end(ending, caller, caller.userSession().getId(), clientId);
    SessionEnding.Result result = ending.result();
    return new LogoutResult(
        true,
        result.endedSessions(),
        result.endedClientSessions(),
        result.endedSessions() > 0
            ? "The session has ended"
            : result.endedClientSessions() > 0
                ? "The client's part of the session has ended"
                : "The client had no part in the session");
  }

  @GET
  @Path("openapi.json")
  @Produces(APPLICATION_JSON)
  public Response openApi(@HeaderParam(HttpHeaders.IF_NONE_MATCH) String ifNoneMatch) {
    SecurityHeaders.set(session, SecurityHeaders.NO_PAGE, "no-cache");
    return SessionsPage.serve(StaticFile.OPEN_API, ifNoneMatch);
  }

  @GET
  @Path("ui")
  @Produces(TEXT_HTML)
  public Response page() {
    return new SessionsPage(session).page();
  }

  @GET
  @Path("ui/{file}")
  public Response pageFile(
      @PathParam("file") String file, @HeaderParam(HttpHeaders.IF_NONE_MATCH) String ifNoneMatch) {
    return new SessionsPage(session).file(file, ifNoneMatch);
  }

  @GET
  @Path("logout")
  public Response getLogout() {
    throw OTHER_REQUESTS.refuse(session, "logout");
  }

  @GET
  @Path("{any:[^/]+/.+}")
  public Response otherGet(@PathParam("any") String path) {
    throw OTHER_REQUESTS.refuse(session, path);
  }

  @POST
  @Path("{any:.*}")
  public Response otherPost(@PathParam("any") String path) {
    throw OTHER_REQUESTS.refuse(session, path);
  }

  @PUT
  @Path("{any:.*}")
  public Response otherPut(@PathParam("any") String path) {
    throw OTHER_REQUESTS.refuse(session, path);
  }

  @PATCH
  @Path("{any:.*}")
  public Response otherPatch(@PathParam("any") String path) {
    throw OTHER_REQUESTS.refuse(session, path);
  }

  @DELETE
  @Path("{any:[^/]+/.+}")
  public Response otherDelete(@PathParam("any") String path) {
    throw OTHER_REQUESTS.refuse(session, path);
  }

  private Caller reader() {
    SecurityHeaders.data(session);
    Caller caller = caller();
    requireRight(caller, AccountRoles.MANAGE_ACCOUNT, AccountRoles.VIEW_PROFILE);
    return caller;
  }

  private Caller ender() {
    SecurityHeaders.data(session);
    endLimits.countAddress(session);
    Caller caller = caller();
    if (caller.byCookie()) {
      CrossOrigin.requireSameOrigin(session);
    }
    requireRight(caller, AccountRoles.MANAGE_ACCOUNT);
    endLimits.countUser(session, caller.user().getId());
    return caller;
  }

  private Caller caller() {
    Caller caller =
        Caller.byAccessToken(session)
            .or(() -> Caller.byIdentityCookie(session))
            .orElseThrow(() -> Caller.unauthenticated(session));
    if (!caller.byCookie()) {
      CrossOrigin.allow(session, caller.client(), HttpHeaders.RETRY_AFTER);
    }
    return caller;
  }

  /** As Keycloak's account API, which asks for one of the account client's roles. */
  private void requireRight(Caller caller, String... roles) {
    if (caller.isServiceAccount()) {
      throw new ProblemException(
          ProblemType.FORBIDDEN, "A service account is no person and has no SSO session");
    }
    if (caller.byCookie()) {
      ClientModel account = realm().getClientByClientId(Constants.ACCOUNT_MANAGEMENT_CLIENT_ID);
      for (String role : roles) {
        RoleModel model = account == null ? null : account.getRole(role);
        if (model != null && caller.user().hasRole(model)) {
          return;
        }
      }
      throw new ProblemException(
          ProblemType.FORBIDDEN, "The user lacks the account client's role " + roles[0]);
    }
    if (caller.hasScope(SCOPE)) {
      return;
    }
    if (caller.hasAudience(Constants.ACCOUNT_MANAGEMENT_CLIENT_ID)) {
      for (String role : roles) {
        if (caller.hasRole(Constants.ACCOUNT_MANAGEMENT_CLIENT_ID, role)) {
          return;
        }
      }
    }
    throw Caller.insufficientScope(session, SCOPE);
  }

  /**
   * @return whether the user has such a session, and the client a part in it
   */
  private boolean end(SessionEnding ending, Caller caller, String sid, Optional<String> clientId) {
    if (!SessionRows.isSid(sid)) {
      return false;
    }
    List<UserSessionModel> own =
        ending
            .find(sid)
            .filter(found -> found.getUser().getId().equals(caller.user().getId()))
            .toList();
    if (clientId.isEmpty()) {
      own.forEach(found -> ending.end(found, event(caller, EventType.LOGOUT, null)));
      return !own.isEmpty();
    }
    ClientModel client = realm().getClientByClientId(clientId.get());
    boolean any = false;
    for (UserSessionModel found : client == null ? List.<UserSessionModel>of() : own) {
      any |=
          ending.endPart(
              found,
              client,
              event(caller, EventType.LOGOUT, null),
              event(caller, EventType.REVOKE_GRANT, client));
    }
    return any;
  }

  private Consumer<UserSessionModel> event(
      Caller caller, EventType type, ClientModel revokedClient) {
    return ended -> {
      EventBuilder event =
          new EventBuilder(realm(), session, session.getContext().getConnection())
              .event(type)
              .client(
                  caller.byCookie()
                      ? realm().getClientByClientId(Constants.ACCOUNT_MANAGEMENT_CLIENT_ID)
                      : caller.client())
              .user(caller.user())
              .session(ended);
      if (revokedClient != null) {
        event.detail(Details.REVOKED_CLIENT, revokedClient.getClientId());
      }
      event.success();
    };
  }

  private SessionSearch search(SessionFilter filter, SessionOrder order) {
    return new SessionSearch(session, realm(), filter, order, null);
  }

  private List<SessionView> views(Caller caller, List<SessionRow> rows) {
    UserSessionModel own = caller.userSession();
    return new SessionViews(session, realm()).forUser(rows, own.getId(), own.isOffline());
  }

  private static SessionRow row(UserSessionModel model) {
    return new SessionRow(
        model.getId(),
        model.isOffline(),
        model.getUser().getId(),
        model.getStarted(),
        model.getLastSessionRefresh(),
        model.isRememberMe(),
        null);
  }

  private RealmModel realm() {
    return session.getContext().getRealm();
  }

  private static ProblemException notFound() {
    return new ProblemException(ProblemType.NOT_FOUND, "You have no such session");
  }
}
