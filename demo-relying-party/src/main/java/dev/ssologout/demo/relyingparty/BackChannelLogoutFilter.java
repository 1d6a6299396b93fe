package dev.ssologout.demo.relyingparty;

import com.nimbusds.jwt.SignedJWT;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.text.ParseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Gives the endpoint of OpenID Connect Back-Channel Logout 1.0 the app's own address. Spring
 * Security, which has it elsewhere, verifies the token and ends the sessions.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class BackChannelLogoutFilter extends OncePerRequestFilter {
  private static final String PATH = "/auth/backchannel-logout";
  private static final String SPRING_SECURITY =
      "/logout/connect/back-channel/" + SecurityConfiguration.REGISTRATION;

  private final AuditLog audit;

  BackChannelLogoutFilter(AuditLog audit) {
    this.audit = audit;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (!request.getRequestURI().equals(PATH)) {
      chain.doFilter(request, response);
      return;
    }
    if (!HttpMethod.POST.matches(request.getMethod())) {
      response.setHeader("Allow", "POST");
      response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
      return;
    }
    String token = request.getParameter("logout_token");
    request.getRequestDispatcher(SPRING_SECURITY).forward(request, response);
    boolean accepted = response.getStatus() == HttpServletResponse.SC_OK;
    audit.logoutToken(accepted, accepted ? sid(token) : null);
  }

  private static String sid(String verified) {
    try {
      return SignedJWT.parse(verified).getJWTClaimsSet().getStringClaim("sid");
    } catch (ParseException e) {
      return null;
    }
  }
}
