package dev.ssologout.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** TCP ports of the loopback address. */
public final class FreePort {

  // Below the range from which systems take the local ports of outgoing connections: such a port
  // could be gone again before the server that it was found for listens on it.
  private static final int LOWEST = 20_000;
  private static final int HIGHEST = 32_000;
  private static final int CONNECT_MILLIS = 200;

  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /**
   * Finds a port that nobody listens on, and that this JVM has not been given before.
   *
   * @throws LaunchException when there is none
   */
  public static int find() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (isFree(port) && GIVEN.add(port)) {
        return port;
      }
    }
    throw new LaunchException("no free port between " + LOWEST + " and " + HIGHEST);
  }

  /** As {@link #find}, with another free port so far above it that is given with it. */
  static int findWithAnother(int above) {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST - above, HIGHEST - above);
      if (isFree(port) && isFree(port + above) && GIVEN.add(port) && GIVEN.add(port + above)) {
        return port;
      }
    }
    throw new LaunchException("no two free ports " + above + " apart");
  }

  /** Whether nobody listens on the port, neither on {@code 127.0.0.1} nor on {@code localhost}. */
  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("127.0.0.1", port));
    } catch (IOException taken) {
      return false;
    }
    try {
      for (InetAddress address : InetAddress.getAllByName("localhost")) {
        if (accepts(new InetSocketAddress(address, port))) {
          return false;
        }
      }
    } catch (IOException noLocalhost) {
      return true;
    }
    return true;
  }

  static void require(int port) {
    if (!isFree(port)) {
      throw new LaunchException("port " + port + " is taken");
    }
  }

  private static boolean accepts(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, CONNECT_MILLIS);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }
}
