package dev.ssologout.demo.relyingparty;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What the app's pages call. */
@RestController
final class AppApi {
  private static final int LONGEST_SID = 200;

  private final AppSettings settings;
  private final SignedInUsers users;
  private final EndedSessions ended;
  private final EventStreams streams;
  private final Keycloak keycloak;
  private final AuditLog audit;

  AppApi(
      AppSettings settings,
      SignedInUsers users,
      EndedSessions ended,
      EventStreams streams,
      Keycloak keycloak,
      AuditLog audit) {
    this.settings = settings;
    this.users = users;
    this.ended = ended;
    this.streams = streams;
    this.keycloak = keycloak;
    this.audit = audit;
  }

  /** Where a sign-in begins. */
  @GetMapping("/auth/login")
  void login(HttpServletResponse response) throws IOException {
    response.sendRedirect("/auth/login/" + SecurityConfiguration.REGISTRATION);
  }

  /** Where a link of another site ends that would sign its reader out. */
  @GetMapping("/auth/logout")
  void logoutFromElsewhere(HttpServletResponse response) throws IOException {
    response.sendRedirect("/");
  }

  /**
   * A user as the ID token has them.
   *
   * @param csrf what a POST has to carry
   */
  record User(String sub, String username, String name, String email, Csrf csrf) {}

  record Csrf(String header, String token) {}

  @GetMapping("/api/user")
  ResponseEntity<User> user(@AuthenticationPrincipal OidcUser user, CsrfToken csrf) {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .body(
            new User(
                user.getSubject(),
                user.getPreferredUsername(),
                SignedInUsers.name(user),
                user.getEmail(),
                new Csrf(csrf.getHeaderName(), csrf.getToken())));
  }

  /**
   * How the caller's session stands.
   *
   * @param instance the replica that answers
   * @param sid the SSO session, if somebody is signed in
   * @param ended how the session ended that was asked about, if it has
   * @param links other pages by their names
   */
  record SessionStatus(
      boolean authenticated,
      String app,
      boolean hub,
      String instance,
      URI issuer,
      String sid,
      EndedSession ended,
      Map<String, URI> links) {}

  /**
   * @param sid a session that the caller had; whoever knows it may know how it ended
   */
  @GetMapping("/api/session-status")
  ResponseEntity<SessionStatus> sessionStatus(
      @AuthenticationPrincipal OidcUser user, @RequestParam(required = false) String sid) {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .body(
            new SessionStatus(
                user != null,
                settings.clientId(),
                settings.hub(),
                settings.instance(),
                settings.issuer(),
                user == null ? null : user.getClaimAsString("sid"),
                ended.find(sid).orElse(null),
                settings.links()));
  }

  /** Who is signed in at the app. */
  @GetMapping("/api/sessions")
  List<SignedInUsers.SignIn> sessions(HttpSession session) {
    return users.list(session.getId());
  }

  /** Tells the page at once when its session ends. */
  @GetMapping(value = "/api/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  SseEmitter events(@AuthenticationPrincipal OidcUser user, HttpServletResponse response)
      throws IOException {
    response.setHeader("X-Accel-Buffering", "no");
    String sid = user.getClaimAsString("sid");
    SseEmitter stream = streams.open(sid, Map.of("sid", sid, "instance", settings.instance()));
    if (stream == null) {
      throw problem(HttpStatus.TOO_MANY_REQUESTS, "Too many pages listen already");
    }
    return stream;
  }

  /** What the page opens a stream at Keycloak with. */
  @PostMapping("/api/sso-ticket")
  Object ssoTicket(Authentication user, HttpServletRequest request, HttpServletResponse response) {
    return keycloak
        .ticket(user, request, response)
        .orElseThrow(() -> problem(HttpStatus.CONFLICT, "The session has ended"));
  }

  /**
   * What a page reports.
   *
   * @param via {@code app} for {@code /api/events}, else as the SDK has it
   */
  record Heard(String sid, String via, long afterMillis) {}

  /** A page was told of the end of its session: only of one that has ended. */
  @PostMapping("/api/heard")
  ResponseEntity<Void> heard(@RequestBody Heard heard) {
    if (heard.sid() == null
        || heard.sid().length() > LONGEST_SID
        || heard.via() == null
        || !heard.via().matches("[a-z]{1,10}")) {
      throw problem(HttpStatus.BAD_REQUEST, "sid and via are needed");
    }
    if (ended.find(heard.sid()).isEmpty()) {
      throw problem(HttpStatus.NOT_FOUND, "No such session has ended lately");
    }
    audit.tabTold(heard.sid(), heard.via(), heard.afterMillis());
    return ResponseEntity.noContent().build();
  }

  private static ErrorResponseException problem(HttpStatus status, String detail) {
    return new ErrorResponseException(
        status, ProblemDetail.forStatusAndDetail(status, detail), null);
  }
}
