package dev.ssologout.relyingparty.spring;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Notes the HTTP sessions of users who are signed in, and answers that go on after the request, as
 * streams of server-sent events do.
 */
final class SignedInFilter extends OncePerRequestFilter {
  private final EndedSsoSessions ended;

  SignedInFilter(EndedSsoSessions ended) {
    this.ended = ended;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    SignedIn signedIn =
        SignedIn.of(SecurityContextHolder.getContext().getAuthentication(), ended.registrationId());
    ended.seen(request, signedIn);
    chain.doFilter(signedIn == null ? request : new Noting(request, signedIn), response);
  }

  private final class Noting extends HttpServletRequestWrapper {
    private final SignedIn signedIn;

    Noting(HttpServletRequest request, SignedIn signedIn) {
      super(request);
      this.signedIn = signedIn;
    }

    @Override
    public AsyncContext startAsync() {
      return note(super.startAsync());
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
      return note(super.startAsync(request, response));
    }

    private AsyncContext note(AsyncContext context) {
      context.addListener(new Leaving(signedIn, context));
      ended.opened(signedIn, context, context::complete);
      return context;
    }
  }

  private final class Leaving implements AsyncListener {
    private final SignedIn signedIn;
    private final AsyncContext context;

    Leaving(SignedIn signedIn, AsyncContext context) {
      this.signedIn = signedIn;
      this.context = context;
    }

    @Override
    public void onComplete(AsyncEvent event) {
      ended.closed(signedIn, context);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      ended.closed(signedIn, context);
    }

    @Override
    public void onError(AsyncEvent event) {
      ended.closed(signedIn, context);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // The wrapper notes it.
    }
  }
}
