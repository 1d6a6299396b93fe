package dev.ssologout.relyingparty;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.text.ParseException;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Refuses a request whose access token is of a session that is over, with {@code invalid_token}
 * (RFC 6750 section 3.1).
 *
 * <p>It verifies no token: put it behind whatever does, so that nobody can have Redis asked about
 * sessions that never were. A request without a token, and one whose token is no JWT or has no
 * {@code sid}, passes.
 */
public final class EndedSessionFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  // Some servers hand a header on at any length.
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?:Bearer|DPoP) +(?<token>[A-Za-z0-9._~+/=-]{1,16384})", Pattern.CASE_INSENSITIVE);
  private static final int LONGEST_SID = 255;

  private final transient EndedSessions sessions;

  public EndedSessionFilter(EndedSessions sessions) {
    this.sessions = sessions;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String authorization = request.getHeader("Authorization");
    if (authorization != null && isOver(authorization)) {
      response.setHeader(
          "WWW-Authenticate",
          "Bearer error=\"invalid_token\", error_description=\"The session has ended\"");
      response.sendError(HttpServletResponse.SC_UNAUTHORIZED);
    } else {
      chain.doFilter(request, response);
    }
  }

  private boolean isOver(String authorization) {
    Matcher matcher = TOKEN.matcher(authorization);
    if (!matcher.matches()) {
      return false;
    }
    try {
      JWTClaimsSet claims = SignedJWT.parse(matcher.group("token")).getJWTClaimsSet();
      String sid = claims.getStringClaim("sid");
      Instant issued = claims.getIssueTime() == null ? null : claims.getIssueTime().toInstant();
      return sid != null && sid.length() <= LONGEST_SID && sessions.isOver(sid, issued);
    } catch (ParseException e) {
      return false;
    }
  }
}
