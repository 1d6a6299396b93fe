package dev.ssologout.demo.relyingparty;

import jakarta.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.stereotype.Component;

/**
 * Who signed in, and what became of it: one line of JSON each, by the logger {@code audit}. It
 * holds no token and no cookie.
 */
@Component
final class AuditLog {
  private static final Logger LOG = LoggerFactory.getLogger("audit");

  private final AppSettings settings;

  AuditLog(AppSettings settings) {
    this.settings = settings;
  }

  void signedIn(HttpServletRequest request, String sid, String sub) {
    event("sign_in")
        .addKeyValue("sid", sid)
        .addKeyValue("sub", sub)
        .addKeyValue("address", request.getRemoteAddr())
        .log("signed in");
  }

  void signInFailed(HttpServletRequest request, String error) {
    event("sign_in_failed")
        .addKeyValue("error", error)
        .addKeyValue("address", request.getRemoteAddr())
        .log("sign-in failed");
  }

  void signedOut(HttpServletRequest request, String sid, boolean everywhere) {
    event("sign_out")
        .addKeyValue("sid", sid)
        .addKeyValue("everywhere", everywhere)
        .addKeyValue("address", request.getRemoteAddr())
        .log("signed out");
  }

  /** This instance has heard of the end of a session. */
  void sessionEnded(EndedSession ended) {
    event("session_ended")
        .addKeyValue("sid", ended.sid())
        .addKeyValue("reason", ended.reason())
        .addKeyValue("initiator", ended.initiator())
        .addKeyValue("after_ms", ended.heardAfterMillis())
        .log("session ended");
  }

  /** Keycloak has posted a logout token. */
  void logoutToken(boolean accepted, String sid) {
    event("logout_token").addKeyValue("accepted", accepted).addKeyValue("sid", sid).log("posted");
  }

  /** A page of the app in a browser has heard of the end of its session. */
  void tabTold(String sid, String via, long afterMillis) {
    event("tab_told")
        .addKeyValue("sid", sid)
        .addKeyValue("via", via)
        .addKeyValue("after_ms", afterMillis)
        .log("tab told");
  }

  void rateLimited(HttpServletRequest request) {
    event("rate_limited")
        .addKeyValue("path", request.getRequestURI())
        .addKeyValue("address", request.getRemoteAddr())
        .log("rate limited");
  }

  private LoggingEventBuilder event(String name) {
    return LOG.atInfo()
        .addKeyValue("event", name)
        .addKeyValue("client", settings.clientId())
        .addKeyValue("instance", settings.instance());
  }
}
