package dev.ssologout.relyingparty.spring;

import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.client.WebSocketClient;
import org.springframework.web.socket.handler.TextWebSocketHandler;

/** A connection that speaks STOMP, by WebSocket or by what SockJS has in its place. */
final class Stomp extends TextWebSocketHandler {
  private static final int SECONDS = 30;

  private final CompletableFuture<String> connected = new CompletableFuture<>();
  private final CompletableFuture<CloseStatus> closed = new CompletableFuture<>();

  private Stomp() {}

  /** Connects as the user of the browser, and waits until the app's broker has agreed. */
  static Stomp connect(WebSocketClient client, Browser browser, Instance app, String path)
      throws Exception {
    Stomp stomp = new Stomp();
    WebSocketHttpHeaders headers = new WebSocketHttpHeaders();
    headers.add("Cookie", browser.cookie(app));
    client
        .execute(stomp, headers, URI.create(app.uri(path).toString().replace("http", "ws")))
        .get(SECONDS, TimeUnit.SECONDS)
        .sendMessage(new TextMessage("CONNECT\naccept-version:1.2\nhost:app\n\n\0"));
    String answer = stomp.connected.get(SECONDS, TimeUnit.SECONDS);
    if (!answer.startsWith("CONNECTED")) {
      throw new IllegalStateException(answer);
    }
    return stomp;
  }

  boolean isOpen() {
    return !closed.isDone();
  }

  /** Waits until it is closed; the status. */
  int closed() throws Exception {
    return closed.get(SECONDS, TimeUnit.SECONDS).getCode();
  }

  @Override
  protected void handleTextMessage(WebSocketSession session, TextMessage message) {
    connected.complete(message.getPayload());
  }

  @Override
  public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
    closed.complete(status);
  }
}
