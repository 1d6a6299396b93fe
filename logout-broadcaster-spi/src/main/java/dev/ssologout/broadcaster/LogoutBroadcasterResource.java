package dev.ssologout.broadcaster;

import dev.ssologout.broadcaster.StreamAuthentication.Listener;
import dev.ssologout.broadcaster.StreamMetrics.Refusal;
import dev.ssologout.listener.RedisLogoutEventListenerProviderFactory;
import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;
import dev.ssologout.rest.Caller;
import dev.ssologout.rest.ClientAddress;
import dev.ssologout.rest.CrossOrigin;
import dev.ssologout.rest.ProblemException;
import dev.ssologout.rest.ProblemType;
import dev.ssologout.rest.QueryParameters;
import dev.ssologout.rest.RateLimiter;
import dev.ssologout.rest.SecurityHeaders;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.OPTIONS;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.spi.ServerHttpResponse;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.services.cors.Cors;

/** {@code /realms/{realm}/logout-broadcaster}; what browsers call is told in docs/browser.md. */
public class LogoutBroadcasterResource {
  private static final String JAVASCRIPT = "text/javascript; charset=utf-8";
  private static final String FOR_EVER = "public, max-age=31536000, immutable";
  private static final String FOR_A_WHILE = "public, max-age=300";
  private static final String RETRY_AFTER_SECONDS = "5";

  private static final Duration HEARS_AFTER = Duration.ofMillis(25);
  private static final int HEARS_TRIES = 6;

  private final KeycloakSession session;
  private final Broadcaster broadcaster;
  private final Tickets tickets;
  private final RateLimiter connects;

  LogoutBroadcasterResource(
      KeycloakSession session, Broadcaster broadcaster, Tickets tickets, RateLimiter connects) {
    this.session = session;
    this.broadcaster = broadcaster;
    this.tickets = tickets;
    this.connects = connects;
  }

  /**
   * A stream of server-sent events about one session: {@code ready} once it is watched, {@code
   * ended} when it is over, {@code bye} when the server stops. The declared return type is what
   * makes RESTEasy hold neither a thread nor this request's session while the stream is open.
   */
  @GET
  @Path("events")
  @Produces(MediaType.SERVER_SENT_EVENTS)
  public Multi<OutboundSseEvent> events(@Context Sse sse) {
    SecurityHeaders.data(session);
    // Proxies such as nginx hold back what they have not read to the end.
    session.getContext().getHttpResponse().setHeader("X-Accel-Buffering", "no");
    Listener listener;
    try {
      listener = listener();
    } catch (ProblemException e) {
      broadcaster.refused(refusal(e.type()));
      throw e;
    }
    StreamEvents events = new StreamEvents(sse);
    return listener.lives() ? open(listener, events) : over(listener, events);
  }

  @OPTIONS
  @Path("events")
  public Response eventsPreflight() {
    return preflight("GET");
  }

  /**
   * A ticket with which a page opens one stream without showing a token: {@code
   * {"ticket":"...","expires_in":30}}, the life in seconds. Asked for by the page itself, or by its
   * server, which then names the page's {@code origin}.
   */
  @POST
  @Path("ticket")
  @Produces(MediaType.APPLICATION_JSON)
  public Response ticket() {
    SecurityHeaders.data(session);
    requireListening();
    QueryParameters parameters = QueryParameters.of(session, "client_id", "origin");
    ClientModel named = allowClient(parameters);
    connects.take(session, ClientAddress.network(session));
    Listener listener =
        new StreamAuthentication(session, broadcaster.streams())
            .byToken()
            .orElseThrow(() -> Caller.unauthenticated(session));
    requireSame(named, listener.client());
    if (!listener.lives()) {
      throw new ProblemException(ProblemType.CONFLICT, "The session has ended");
    }
    CrossOrigin.allow(session, listener.client());
    String ofPage = WebOrigins.ofPage(session);
    Optional<String> told = parameters.text("origin");
    if (ofPage == null && told.isEmpty()) {
      throw QueryParameters.invalid(
          "origin", "is needed where the request does not come from a page");
    }
    String origin = told.orElse(ofPage);
    if (ofPage != null && !ofPage.equals(origin)) {
      throw QueryParameters.invalid("origin", "is not that of the page that asks");
    }
    if (!WebOrigins.of(session, listener.client()).contains(origin)) {
      throw QueryParameters.invalid("origin", "is none of the client's web origins");
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("ticket", tickets.issue(session, new Tickets.Ticket(listener.watch(), origin)));
    answer.put("expires_in", tickets.life().toSeconds());
    return Response.ok(answer).build();
  }

  @OPTIONS
  @Path("ticket")
  public Response ticketPreflight() {
    return preflight("POST");
  }

  /**
   * The hidden frame of a client's pages, which no other page can frame. With {@code stream=false}
   * it holds no stream of its own, for pages that have one.
   */
  @GET
  @Path("frame")
  @Produces(MediaType.TEXT_HTML)
  public Response frame() {
    boolean stream;
    List<String> origins;
    try {
      requireListening();
      QueryParameters parameters = QueryParameters.of(session, "client_id", "stream");
      stream = parameters.flag("stream").orElse(true);
      origins = frameOrigins(parameters);
    } catch (ProblemException e) {
      // Not before, as these forbid every frame.
      SecurityHeaders.data(session);
      throw e;
    }
    String base = session.getContext().getUri().getAbsolutePath().toString();
    String folder = base.substring(0, base.lastIndexOf('/') + 1);
    String script = folder + "frame-" + BrowserFile.FRAME.version() + ".js";
    SecurityHeaders.set(
        session,
        "default-src 'none'; script-src %s %ssdk.js; connect-src %sevents; base-uri 'none'; form-action 'none'; frame-ancestors %s"
            .formatted(script, folder, folder, String.join(" ", origins)),
        SecurityHeaders.NO_STORE);
    forOtherOrigins();
    return Response.ok(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Single logout</title>
            <script type="module" src="%s" data-origins="%s" data-stream="%s"></script>
            </head>
            </html>
            """
                .formatted(script, String.join(" ", origins), stream))
        .build();
  }

  private List<String> frameOrigins(QueryParameters parameters) {
    ClientModel client =
        client(parameters.text("client_id"))
            .orElseThrow(() -> QueryParameters.invalid("client_id", "is needed"));
    List<String> origins = WebOrigins.of(session, client);
    if (origins.isEmpty()) {
      throw new ProblemException(
          ProblemType.FORBIDDEN, "The client has no web origin; * is none, nor is a path");
    }
    return origins;
  }

  @GET
  @Path("frame-{version}.js")
  public Response frameScript(@PathParam("version") String version) {
    requireVersion(BrowserFile.FRAME, version);
    return script(BrowserFile.FRAME, FOR_EVER);
  }

  /** The SDK in the version that fits this server. */
  @GET
  @Path("sdk.js")
  public Response sdk() {
    Response response = script(BrowserFile.SDK, FOR_A_WHILE);
    forAllOrigins();
    return response;
  }

  /** The SDK in one version, for a page that names its hash. */
  @GET
  @Path("sdk-{version}.js")
  public Response sdk(@PathParam("version") String version) {
    requireVersion(BrowserFile.SDK, version);
    Response response = script(BrowserFile.SDK, FOR_EVER);
    forAllOrigins();
    return response;
  }

  private Listener listener() {
    requireListening();
    QueryParameters parameters = QueryParameters.of(session, "client_id", "ticket", "scope");
    ClientModel named = allowClient(parameters);
    connects.take(session, ClientAddress.network(session));
    StreamAuthentication authentication = new StreamAuthentication(session, broadcaster.streams());
    boolean allOfUser =
        parameters.choice("scope", List.of("session", "user"), "session").equals("user");
    Optional<String> ticket = parameters.text("ticket");
    Optional<Listener> byToken = authentication.byToken();
    if (ticket.isPresent() && byToken.isPresent()) {
      throw QueryParameters.invalid("ticket", "is not to be given together with a token");
    }
    Optional<Listener> ofClient = ticket.isPresent() ? ticket.map(this::redeem) : byToken;
    if (ofClient.isEmpty()) {
      return authentication.byCookie(allOfUser);
    }
    if (allOfUser) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          "Only pages of Keycloak's own may listen to all of a user's sessions");
    }
    requireSame(named, ofClient.get().client());
    CrossOrigin.allow(session, ofClient.get().client());
    return ofClient.get();
  }

  private Listener redeem(String text) {
    Tickets.Ticket ticket =
        tickets
            .redeem(session, text, ClientAddress.network(session))
            .filter(found -> found.watch().realm().equals(realm().getName()))
            .orElseThrow(
                () ->
                    Caller.unauthenticated(
                        session, "invalid_token", "The ticket is not known, or has been used"));
    if (!ticket.origin().equals(WebOrigins.ofPage(session))) {
      throw new ProblemException(
          ProblemType.CROSS_ORIGIN, "The ticket is for a page of another origin");
    }
    ClientModel client = realm().getClientByClientId(ticket.watch().clientId());
    if (client == null || !client.isEnabled()) {
      throw Caller.unauthenticated(session, "invalid_token", "The ticket's client is gone");
    }
    return new Listener(ticket.watch(), client, true);
  }

  private Multi<OutboundSseEvent> open(Listener listener, StreamEvents events) {
    ServerHttpResponse response = CurrentRequestManager.get().serverResponse();
    LogoutStream stream = new LogoutStream(listener.watch(), events, response::reset);
    String lastEventId = session.getContext().getRequestHeaders().getHeaderString("Last-Event-ID");
    try {
      broadcaster.open(stream, lastEventId);
    } catch (LogoutStreams.TooManyException e) {
      broadcaster.refused(e.reason());
      throw new ProblemException(
              ProblemType.TOO_MANY_REQUESTS,
              "There are too many streams of this " + StreamMetrics.tag(e.reason()))
          .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    } catch (RuntimeException e) {
      broadcaster.streams().gone(stream);
      throw e;
    }
    return Multi.createFrom()
        .emitter(
            emitter -> {
              emitter.onTermination(() -> broadcaster.streams().gone(stream));
              stream.attach(emitter);
            },
            // Nothing gets lost in it, and the stream itself sees to it that it stays small.
            BackPressureStrategy.BUFFER);
  }

  private Multi<OutboundSseEvent> over(Listener listener, StreamEvents events) {
    Watch.Session ended = listener.watch().session();
    return Uni.createFrom()
        .item(() -> broadcaster.streams().recent(ended))
        // What has just ended the node hears of a moment later, and then knows why.
        .onItem()
        .ifNull()
        .failWith(NoSuchElementException::new)
        .onFailure()
        .retry()
        .withBackOff(HEARS_AFTER, HEARS_AFTER.multipliedBy(4))
        .atMost(HEARS_TRIES)
        .onFailure()
        .recoverWithNull()
        .map(
            told ->
                told != null
                    ? events.ended(told)
                    : events.ended(ended, Reason.UNKNOWN, Initiator.SYSTEM, Instant.now()))
        .toMulti();
  }

  private static Refusal refusal(ProblemType type) {
    if (type.equals(ProblemType.TOO_MANY_REQUESTS)) {
      return Refusal.RATE;
    }
    return switch (type.status()) {
      case 401 -> Refusal.UNAUTHENTICATED;
      case 403 -> Refusal.FORBIDDEN;
      default -> Refusal.INVALID;
    };
  }

  /** Without the listener nothing of this realm is ever told. */
  private void requireListening() {
    if (realm()
        .getEventsListenersStream()
        .noneMatch(RedisLogoutEventListenerProviderFactory.ID::equals)) {
      throw new ProblemException(
          ProblemType.NOT_FOUND,
          "The realm does not have the event listener "
              + RedisLogoutEventListenerProviderFactory.ID);
    }
  }

  /**
   * Lets the pages of the client that the request names read the answer, whatever it will be.
   *
   * @return {@code null} if it names none
   */
  private ClientModel allowClient(QueryParameters parameters) {
    Optional<ClientModel> client = client(parameters.text("client_id"));
    client.ifPresent(named -> CrossOrigin.allow(session, named, HttpHeaders.RETRY_AFTER));
    return client.orElse(null);
  }

  private Optional<ClientModel> client(Optional<String> clientId) {
    return clientId.map(
        id -> {
          ClientModel client = realm().getClientByClientId(id);
          if (client == null || !client.isEnabled()) {
            throw QueryParameters.invalid("client_id", "names no client");
          }
          return client;
        });
  }

  private static void requireSame(ClientModel named, ClientModel client) {
    if (named != null && !named.getId().equals(client.getId())) {
      throw new ProblemException(
          ProblemType.FORBIDDEN, "What the request shows was given to another client");
    }
  }

  private Response preflight(String method) {
    Optional<ClientModel> named =
        client(
            QueryParameters.of(session, "client_id", "scope", "origin", "ticket")
                .text("client_id"));
    if (named.isPresent()
        && !WebOrigins.of(session, named.get()).contains(WebOrigins.ofPage(session))) {
      throw new ProblemException(
          ProblemType.CROSS_ORIGIN, "The client has not registered the page's origin");
    }
    return CrossOrigin.preflight(method);
  }

  private void requireVersion(BrowserFile file, String version) {
    SecurityHeaders.data(session);
    if (!file.version().equals(version)) {
      throw new ProblemException(
          ProblemType.NOT_FOUND, "This server has the version " + file.version());
    }
  }

  private Response script(BrowserFile file, String caching) {
    SecurityHeaders.set(session, SecurityHeaders.NO_PAGE, caching);
    String tag = '"' + file.version() + '"';
    session.getContext().getHttpResponse().setHeader(HttpHeaders.ETAG, tag);
    String known =
        session.getContext().getRequestHeaders().getHeaderString(HttpHeaders.IF_NONE_MATCH);
    return tag.equals(known)
        ? Response.notModified().build()
        : Response.ok(file.text(), JAVASCRIPT).build();
  }

  /** A page that isolates itself (COEP) can still have the frame. */
  private void forOtherOrigins() {
    session
        .getContext()
        .getHttpResponse()
        .setHeader("Cross-Origin-Resource-Policy", "cross-origin");
  }

  /** The SDK is the same text for everyone and comes without credentials. */
  private void forAllOrigins() {
    session
        .getContext()
        .getHttpResponse()
        .setHeader(Cors.ACCESS_CONTROL_ALLOW_ORIGIN, Cors.ACCESS_CONTROL_ALLOW_ORIGIN_WILDCARD);
    forOtherOrigins();
  }

  private RealmModel realm() {
    return session.getContext().getRealm();
  }
}
