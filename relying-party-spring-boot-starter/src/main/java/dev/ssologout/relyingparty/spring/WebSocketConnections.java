package dev.ssologout.relyingparty.spring;

import java.util.Map;
import java.util.function.Supplier;
import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;
import org.springframework.security.core.Authentication;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.WebSocketHandlerDecorator;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;
import org.springframework.web.socket.sockjs.support.SockJsHttpRequestHandler;

/** Notes the connections of every WebSocket handler of the app, STOMP's and SockJS' included. */
final class WebSocketConnections implements InstantiationAwareBeanPostProcessor {
  private final Supplier<EndedSsoSessions> ended;

  /**
   * @param ended asked for with the first connection, as this is made before most beans
   */
  WebSocketConnections(Supplier<EndedSsoSessions> ended) {
    this.ended = ended;
  }

  @Override
  public boolean postProcessAfterInstantiation(Object bean, String name) {
    // Before the mapping is told its context, when it takes its handlers.
    if (bean instanceof WebSocketHandlerMapping mapping) {
      @SuppressWarnings("unchecked")
      Map<String, Object> handlers = (Map<String, Object>) mapping.getUrlMap();
      handlers.replaceAll((path, handler) -> noting(handler));
    }
    return true;
  }

  private Object noting(Object handler) {
    if (handler instanceof WebSocketHttpRequestHandler plain) {
      WebSocketHttpRequestHandler noting =
          new WebSocketHttpRequestHandler(
              new Noting(plain.getWebSocketHandler()), plain.getHandshakeHandler());
      noting.setHandshakeInterceptors(plain.getHandshakeInterceptors());
      return noting;
    }
    if (handler instanceof SockJsHttpRequestHandler sockJs) {
      return new SockJsHttpRequestHandler(
          sockJs.getSockJsService(), new Noting(sockJs.getWebSocketHandler()));
    }
    return handler;
  }

  private final class Noting extends WebSocketHandlerDecorator {
    Noting(WebSocketHandler delegate) {
      super(delegate);
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession session) throws Exception {
      super.afterConnectionEstablished(session);
      SignedIn signedIn = signedIn(session);
      if (signedIn != null) {
        ended.get().opened(signedIn, session, () -> session.close(CloseStatus.POLICY_VIOLATION));
      }
    }

    @Override
    public void afterConnectionClosed(WebSocketSession session, CloseStatus status)
        throws Exception {
      SignedIn signedIn = signedIn(session);
      if (signedIn != null) {
        ended.get().closed(signedIn, session);
      }
      super.afterConnectionClosed(session, status);
    }

    private SignedIn signedIn(WebSocketSession session) {
      return session.getPrincipal() instanceof Authentication authentication
          ? SignedIn.of(authentication, ended.get().registrationId())
          : null;
    }
  }
}
