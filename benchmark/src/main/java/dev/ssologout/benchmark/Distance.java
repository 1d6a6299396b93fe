package dev.ssologout.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * The way to a Redis that stands in another data centre: each answer comes later by the time of a
 * round trip, and what is under way at the same time does not wait for each other.
 */
final class Distance implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;
  private static final byte[] END = {};

  private final ServerSocket listener;
  private final int port;
  private final long nanos;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /** What an answer has, and when it arrives. */
  private record Packet(byte[] bytes, long at) {}

  /**
   * @param port of the Redis
   */
  Distance(int port, Duration roundTrip) {
    this.port = port;
    this.nanos = roundTrip.toNanos();
    try {
      listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread(this::accept);
  }

  /** The Redis from afar. */
  URI uri() {
    return URI.create("redis://127.0.0.1:" + listener.getLocalPort());
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(client);
        sockets.add(server);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        BlockingQueue<Packet> underWay = new LinkedBlockingQueue<>();
        thread(() -> pass(client, server));
        thread(() -> depart(server, underWay));
        thread(() -> arrive(underWay, client));
      } catch (IOException e) {
        // Redis is away, or this has been closed.
      }
    }
  }

  private static void pass(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One of the two has gone, and the other goes with it.
    }
  }

  private void depart(Socket server, BlockingQueue<Packet> underWay) {
    byte[] buffer = new byte[BUFFER];
    try (server) {
      InputStream in = server.getInputStream();
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        underWay.add(new Packet(Arrays.copyOf(buffer, length), System.nanoTime() + nanos));
      }
    } catch (IOException e) {
      // It has gone.
    }
    underWay.add(new Packet(END, System.nanoTime()));
  }

  private static void arrive(BlockingQueue<Packet> underWay, Socket client) {
    try (client) {
      OutputStream out = client.getOutputStream();
      for (Packet packet = underWay.take(); packet.bytes() != END; packet = underWay.take()) {
        for (long left = packet.at() - System.nanoTime();
            left > 0;
            left = packet.at() - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        out.write(packet.bytes());
      }
    } catch (IOException e) {
      // It has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "distance");
    thread.setDaemon(true);
    thread.start();
  }
}
