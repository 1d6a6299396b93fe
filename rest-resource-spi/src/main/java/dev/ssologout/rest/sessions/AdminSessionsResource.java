package dev.ssologout.rest.sessions;

import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import dev.ssologout.rest.QueryParameters;
import dev.ssologout.rest.RequestBody;
import dev.ssologout.rest.SecurityHeaders;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.keycloak.common.Profile;
import org.keycloak.events.admin.OperationType;
import org.keycloak.events.admin.ResourceType;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.services.resources.admin.AdminEventBuilder;
import org.keycloak.services.resources.admin.fgap.AdminPermissionEvaluator;

/** The sessions of a realm: {@code /admin/realms/{realm}/sso-sessions}. */
public final class AdminSessionsResource {
  private static final int DEFAULT_PAGE = 20;
  private static final int LARGEST_PAGE = 100;
  private static final int ENDED_AT_ONCE = 100;
  private static final ProblemType PRECONDITION_REQUIRED =
      new ProblemType("precondition-required", 428, "The answer to a dry run must be given along");

  private static final OtherRequests OTHER_REQUESTS =
      new OtherRequests(
          Map.of("", "GET, HEAD", "count", "GET, HEAD", "end", "POST"), "GET, HEAD, DELETE");

  private final KeycloakSession session;
  private final RealmModel realm;
  private final AdminPermissionEvaluator auth;
  private final AdminEventBuilder adminEvent;
  private final EndLimits endLimits;

  AdminSessionsResource(
      KeycloakSession session,
      RealmModel realm,
      AdminPermissionEvaluator auth,
      AdminEventBuilder adminEvent,
      EndLimits endLimits) {
    this.session = session;
    this.realm = realm;
    this.auth = auth;
    this.adminEvent = adminEvent;
    this.endLimits = endLimits;
  }

  /**
   * @param complete whether that is all; else there are at least so many
   */
  public record Count(int count, boolean complete) {}

  /**
   * What {@code POST end} may be sent.
   *
   * @param cursor where an earlier call stopped
   * @param dryRun whether only to say what would be ended
   */
  record EndRequest(SessionFilter filter, String cursor, Boolean dryRun) {}

  /**
   * @param matching how many sessions there are (still) to be ended
   * @param complete whether that is all; else there are at least so many
   * @param next what to send as the cursor of the next call; left out where there is nothing left
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record EndResult(
      boolean dryRun,
      int endedSessions,
      int endedClientSessions,
      int matching,
      boolean complete,
      String next) {}

  @GET
  @Produces(APPLICATION_JSON)
  public SessionView.Page list() {
    requireQuery();
    QueryParameters query =
        QueryParameters.of(
            session,
            Stream.concat(Stream.of("max", "cursor", "sort"), Stream.of(SessionFilter.PARAMETERS))
                .toArray(String[]::new));
    int max = query.number("max", 1, LARGEST_PAGE, DEFAULT_PAGE);
    SessionOrder order =
        SessionOrder.of(
            query.choice(
                "sort", SessionOrder.wireNames(), SessionOrder.STARTED_LATEST_FIRST.wireName()));
    SessionFilter filter = SessionFilter.of(query);
    Object[] question = {realm.getId(), filter, order};
    Cursor after = cursor(query.text("cursor").orElse(null), question);
    SessionSearch.Result result =
        new SessionSearch(session, realm, filter, order, mayView()).find(after, max);
    return new SessionView.Page(
        new SessionViews(session, realm).forAdmin(result.rows()), encode(result.next(), question));
  }

  @GET
  @Path("count")
  @Produces(APPLICATION_JSON)
  public Count count() {
    requireQuery();
    SessionFilter filter = SessionFilter.of(QueryParameters.of(session, SessionFilter.PARAMETERS));
    SessionSearch.Result result = all(filter, mayView(), null);
    return new Count(result.rows().size(), result.next() == null);
  }

  @GET
  @Path("{sid}")
  @Produces(APPLICATION_JSON)
  public SessionView one(@PathParam("sid") String sid) {
    requireQuery();
    Optional<Boolean> offline = QueryParameters.of(session, "offline").flag("offline");
    SessionRow row =
        SessionRows.find(session, realm, sid, offline.orElse(null))
            .filter(
                found ->
                    auth.users().canView()
                        || user(found.userId()).filter(auth.users()::canView).isPresent())
            .orElseThrow(AdminSessionsResource::notFound);
    return new SessionViews(session, realm).forAdmin(List.of(row)).get(0);
  }

  @DELETE
  @Path("{sid}")
  @Produces(APPLICATION_JSON)
  public SessionEnding.Result end(@PathParam("sid") String sid) {
    countCall();
    requireQuery();
    Optional<String> clientId = QueryParameters.of(session, "client_id").text("client_id");
    SessionEnding ending = new SessionEnding(session, realm);
    List<UserSessionModel> found =
        SessionRows.isSid(sid)
            ? ending.find(sid).filter(model -> mayView(model.getUser())).toList()
            : List.of();
    if (found.isEmpty()) {
      throw notFound();
    }
    if (!auth.users().canManage(found.get(0).getUser())) {
      throw forbidden("manage-users");
    }
    if (clientId.isEmpty()) {
      found.forEach(model -> ending.end(model, this::tellEnd));
    } else {
      ClientModel client = realm.getClientByClientId(clientId.get());
      boolean any = false;
      for (UserSessionModel model : client == null ? List.<UserSessionModel>of() : found) {
        any |= ending.endPart(model, client, this::tellEnd, tellPart(client));
      }
      if (!any) {
        throw new ProblemException(ProblemType.NOT_FOUND, "The client has no part in the session");
      }
    }
    return ending.result();
  }

  /** Ends the sessions that a filter has, after a dry run whose ETag comes back as If-Match. */
  @POST
  @Path("end")
  @Produces(APPLICATION_JSON)
  public Response endMatching(InputStream body, @HeaderParam(HttpHeaders.IF_MATCH) String ifMatch) {
    countCall();
    requireQuery();
    if (!auth.users().canManage() && !hasPermissionsByUser()) {
      throw forbidden("manage-users");
    }
    Predicate<String> mayManage = mayManage();
    QueryParameters.of(session);
    EndRequest request =
        RequestBody.json(session, body, EndRequest.class)
            .filter(sent -> sent.filter() != null)
            .orElseThrow(
                () ->
                    new ProblemException(
                        ProblemType.INVALID_BODY, "The body must have the member filter"));
    SessionFilter filter = request.filter().checked();
    Object[] question = {realm.getId(), filter, "end"};
    Cursor after = cursor(request.cursor(), question);
    SessionSearch.Result matching = all(filter, mayManage, after);
    String etag = etag(matching, request.cursor(), question);
    if (Boolean.TRUE.equals(request.dryRun())) {
      return Response.ok(
              new EndResult(
                  true,
                  0,
                  0,
                  matching.rows().size(),
                  matching.next() == null,
                  matching.rows().isEmpty() ? encode(matching.next(), question) : request.cursor()))
          .header(HttpHeaders.ETAG, etag)
          .build();
    }
    if (ifMatch == null) {
      throw new ProblemException(
          PRECONDITION_REQUIRED, "Send the ETag of a dry run of the same body as If-Match");
    }
    if (!ifMatch.trim().equals(etag)) {
      throw new ProblemException(
              ProblemType.PRECONDITION_FAILED,
              "Other sessions would be ended than those of the dry run; make another")
          .with("matching", matching.rows().size());
    }
    SessionEnding ending = new SessionEnding(session, realm);
    SessionSearch.Result batch = search(filter, mayManage).find(after, ENDED_AT_ONCE);
    batch
        .rows()
        .forEach(
            row ->
                Optional.ofNullable(
                        row.offline()
                            ? session.sessions().getOfflineUserSession(realm, row.sid())
                            : session.sessions().getUserSession(realm, row.sid()))
                    .ifPresent(model -> ending.end(model, this::tellEnd)));
    SessionEnding.Result ended = ending.result();
    SessionSearch.Result rest =
        batch.next() == null
            ? new SessionSearch.Result(List.of(), null)
            : all(filter, mayManage, batch.next());
    String next = encode(batch.next(), question);
    return Response.ok(
            new EndResult(
                false,
                ended.endedSessions(),
                ended.endedClientSessions(),
                rest.rows().size(),
                rest.next() == null,
                next))
        .header(HttpHeaders.ETAG, etag(rest, next, question))
        .build();
  }

  @GET
  @Path("end")
  public Response getEnd() {
    throw OTHER_REQUESTS.refuse(session, "end");
  }

  @DELETE
  public Response deleteAll() {
    throw OTHER_REQUESTS.refuse(session, "");
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

  private SessionSearch search(SessionFilter filter, Predicate<String> seesUser) {
    return new SessionSearch(session, realm, filter, SessionOrder.STARTED, seesUser).withoutData();
  }

  private SessionSearch.Result all(SessionFilter filter, Predicate<String> seesUser, Cursor after) {
    return search(filter, seesUser).findAll(after);
  }

  private static Cursor cursor(String text, Object... question) {
    return text == null ? null : Cursor.decode(text, SessionSearch.runs(), question);
  }

  private static String encode(Cursor cursor, Object... question) {
    return cursor == null ? null : cursor.encode(question);
  }

  /** A strong validator of exactly these sessions. */
  private static String etag(SessionSearch.Result result, String cursor, Object... question) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(List.of(question).toString().getBytes(StandardCharsets.UTF_8));
      digest.update(String.valueOf(cursor).getBytes(StandardCharsets.UTF_8));
      for (SessionRow row : result.rows()) {
        digest.update((row.sid() + row.offline() + '\n').getBytes(StandardCharsets.UTF_8));
      }
      return '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest()) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void countCall() {
    SecurityHeaders.data(session);
    endLimits.countAddress(session);
    endLimits.countUser(session, auth.adminAuth().getUser().getId());
  }

  private void requireQuery() {
    SecurityHeaders.data(session);
    if (!auth.users().canView() && !auth.users().canQuery()) {
      throw forbidden("view-users");
    }
  }

  /** {@code null} for everybody. */
  private Predicate<String> mayView() {
    return auth.users().canView()
        ? null
        : userId -> user(userId).filter(auth.users()::canView).isPresent();
  }

  private boolean mayView(UserModel user) {
    return auth.users().canView() || auth.users().canView(user);
  }

  /** {@code null} for everybody. */
  private Predicate<String> mayManage() {
    return auth.users().canManage()
        ? null
        : userId -> user(userId).filter(auth.users()::canManage).isPresent();
  }

  /** Whether fine-grained admin permissions, of either version, may let a caller manage some. */
  private boolean hasPermissionsByUser() {
    return realm.isAdminPermissionsEnabled()
        || Profile.isFeatureEnabled(Profile.Feature.ADMIN_FINE_GRAINED_AUTHZ);
  }

  private Optional<UserModel> user(String userId) {
    return Optional.ofNullable(session.users().getUserById(realm, userId));
  }

  /** As Keycloak's own admin API tells it. */
  private void tellEnd(UserSessionModel ended) {
    adminEvent
        .operation(OperationType.DELETE)
        .resource(ResourceType.USER_SESSION)
        .resourcePath("sessions", ended.getId())
        .representation(Map.of("offline", ended.isOffline()))
        .success();
  }

  private Consumer<UserSessionModel> tellPart(ClientModel client) {
    return ended ->
        adminEvent
            .operation(OperationType.DELETE)
            .resource(ResourceType.USER_SESSION)
            .resourcePath("sessions", ended.getId(), "clients", client.getClientId())
            .representation(Map.of("offline", ended.isOffline()))
            .success();
  }

  private static ProblemException forbidden(String role) {
    return new ProblemException(
        ProblemType.FORBIDDEN, "This needs the role " + role + ", or a permission of that kind");
  }

  private static ProblemException notFound() {
    return new ProblemException(ProblemType.NOT_FOUND, "There is no such session");
  }
}
