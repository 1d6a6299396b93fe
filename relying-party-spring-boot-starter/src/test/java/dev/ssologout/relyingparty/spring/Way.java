package dev.ssologout.relyingparty.spring;

import dev.ssologout.launcher.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a server of this machine, which can be closed. */
final class Way implements AutoCloseable {
  private final int port = FreePort.find();
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private ServerSocket server;

  /** One to the Redis of the tests. */
  Way() throws IOException {
    this(Identity.shared().redis().port());
  }

  /**
   * @param target the server's port
   */
  Way(int target) throws IOException {
    this.target = target;
    open();
  }

  void open() throws IOException {
    ServerSocket listening = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
    server = listening;
    daemon(
        () -> {
          while (true) {
            Socket here = listening.accept();
            Socket there = new Socket("127.0.0.1", target);
            sockets.add(here);
            sockets.add(there);
            daemon(() -> pass(here, there));
            daemon(() -> pass(there, here));
          }
        });
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The way was closed.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static void pass(Socket from, Socket to) throws IOException {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      in.transferTo(out);
    }
  }

  int port() {
    return port;
  }

  /** The address of a Redis behind it. */
  String uri() {
    return "redis://127.0.0.1:" + port;
  }

  void cut() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    cut();
  }
}
