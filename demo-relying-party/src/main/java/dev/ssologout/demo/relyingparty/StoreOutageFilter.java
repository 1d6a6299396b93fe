package dev.ssologout.demo.relyingparty;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Says so when a request needs the HTTP session and Redis does not answer. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 3)
final class StoreOutageFilter extends OncePerRequestFilter {

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      chain.doFilter(request, response);
    } catch (DataAccessException e) {
      unavailable(response, e);
    } catch (ServletException e) {
      if (!(e.getCause() instanceof DataAccessException outage)) {
        throw e;
      }
      unavailable(response, outage);
    }
  }

  private static void unavailable(HttpServletResponse response, DataAccessException e)
      throws IOException {
    if (response.isCommitted()) {
      throw e;
    }
    response.reset();
    response.setHeader(HttpHeaders.RETRY_AFTER, "1");
    Problem.write(
        response, HttpStatus.SERVICE_UNAVAILABLE, "The store of the sessions does not answer");
  }
}
