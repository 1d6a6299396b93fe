package dev.ssologout.testsuite;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The network between two servers, or before several that do the same: passes on what it gets until
 * it is told to do badly.
 */
final class TcpProxy implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;
  private static final int CONNECT_MILLIS = 1_000;

  private final ServerSocket listener;
  private final List<Integer> targets;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicReference<Trap> trap = new AtomicReference<>();
  private volatile boolean cut;
  private volatile Duration delay = Duration.ZERO;
  private int turn;

  /** What runs when the server answers a request that holds the word. */
  private record Trap(String word, Runnable work) {}

  private TcpProxy(List<Integer> targets) {
    this.targets = targets;
    try {
      this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread(this::accept);
  }

  /**
   * Listens on a free port of the loopback address.
   *
   * @param ports of the servers, which take connections in turn; one that takes none is passed over
   */
  static TcpProxy to(Integer... ports) {
    return new TcpProxy(List.of(ports));
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Ends all connections; new ones can be made. */
  void drop() {
    sockets.forEach(TcpProxy::close);
  }

  /** Ends all connections, and all new ones as soon as they are made. */
  void cut() {
    cut = true;
    drop();
  }

  /** Ends a {@link #cut}. */
  void restore() {
    cut = false;
  }

  /** Keeps each answer back for this long. */
  void delayAnswers(Duration by) {
    delay = by;
  }

  /**
   * Waits for a request that holds the word, and when the server has answered it runs this once,
   * before the answer is passed on.
   */
  void atAnswerTo(String word, Runnable work) {
    trap.set(new Trap(word, work));
  }

  /** Whether what {@link #atAnswerTo} was told has run or is running. */
  boolean hasAnswered() {
    return trap.get() == null;
  }

  @Override
  public void close() {
    cut();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        Socket server = cut ? null : connect();
        if (server == null) {
          end(client);
          continue;
        }
        sockets.add(server);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Conversation conversation = new Conversation(client, server);
        thread(conversation::passRequests);
        thread(conversation::passAnswers);
        if (cut) {
          end(client);
          end(server);
        }
      } catch (IOException e) {
        // The client has gone, or the test has ended.
      }
    }
  }

  private Socket connect() {
    for (int tries = 0; tries < targets.size(); tries++) {
      Socket server = new Socket();
      try {
        server.connect(
            new InetSocketAddress(
                InetAddress.getLoopbackAddress(), targets.get(turn++ % targets.size())),
            CONNECT_MILLIS);
        return server;
      } catch (IOException e) {
        close(server);
      }
    }
    return null;
  }

  private final class Conversation {
    private final Socket client;
    private final Socket server;
    private volatile Trap asked;

    Conversation(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void passRequests() {
      pass(client, server, this::seeRequest);
    }

    void passAnswers() {
      pass(server, client, this::seeAnswer);
    }

    private void seeRequest(String request) {
      Trap set = trap.get();
      if (set != null && request.contains(set.word())) {
        asked = set;
      }
    }

    private void seeAnswer(String answer) {
      Trap sprung = asked;
      if (sprung != null && trap.compareAndSet(sprung, null)) {
        sprung.work().run();
      }
      LockSupport.parkNanos(delay.toNanos());
    }
  }

  private void pass(Socket from, Socket to, Consumer<String> watcher) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[BUFFER];
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        watcher.accept(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
        out.write(buffer, 0, length);
        out.flush();
      }
    } catch (IOException e) {
      // One side has gone, and so the other goes too.
    } finally {
      end(from);
      end(to);
    }
  }

  private void end(Socket socket) {
    close(socket);
    sockets.remove(socket);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "proxy");
    thread.setDaemon(true);
    thread.start();
  }
}
