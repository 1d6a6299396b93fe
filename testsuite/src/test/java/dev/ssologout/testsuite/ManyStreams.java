package dev.ssologout.testsuite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * Very many connections that ask for a stream each, read by one thread, so that reading costs
 * little beside a server on the same machine.
 */
final class ManyStreams implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int AT_ONCE = 200;
  private static final String ENDED = "\nevent:ended\n";

  private final Selector selector;
  private final List<Connection> connections = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
  private final Thread reader = new Thread(this::read, "many streams");
  private volatile boolean closed;

  /** One of them; what it has been answered, as it came. */
  static final class Connection {
    private final SocketChannel channel;
    private final StringBuilder text = new StringBuilder();
    private long toldAt;
    private boolean ended;

    private Connection(SocketChannel channel) {
      this.channel = channel;
    }

    synchronized String text() {
      return text.toString();
    }

    synchronized int status() {
      return text.length() < 12 ? 0 : Integer.parseInt(text.substring(9, 12));
    }

    /** How many signs of life have come. */
    long beats() {
      return text().lines().filter(line -> line.startsWith(":")).count();
    }

    /** When the end of the session came, as of {@link System#nanoTime()}; 0 while it has not. */
    synchronized long toldAt() {
      return toldAt;
    }

    /** Whether the server has cut the connection. */
    synchronized boolean ended() {
      return ended;
    }

    private synchronized void heard(String more) {
      text.append(more);
      if (toldAt == 0 && text.indexOf(ENDED) >= 0) {
        toldAt = System.nanoTime();
      }
    }

    private synchronized void end() {
      ended = true;
    }
  }

  private ManyStreams() throws IOException {
    selector = Selector.open();
    reader.setDaemon(true);
  }

  /**
   * Opens them.
   *
   * @param requests what each sends after it is connected, as of {@link #request}
   */
  static ManyStreams open(URI server, List<String> requests) {
    try {
      ManyStreams streams = new ManyStreams();
      streams.reader.start();
      InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.getPort());
      for (String request : requests) {
        SocketChannel channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        Connection connection = new Connection(channel);
        streams.connections.add(connection);
        channel.configureBlocking(false);
        channel.register(streams.selector, SelectionKey.OP_READ, connection);
        streams.selector.wakeup();
        // No more at once than a server queues.
        int begun = streams.connections.size() - AT_ONCE;
        if (begun >= 0) {
          streams.await(streams.connections.get(begun), answered -> answered.status() != 0);
        }
      }
      streams.await("an answer to each", connection -> connection.status() != 0);
      return streams;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param headers names and values in turn
   */
  static String request(URI uri, String... headers) {
    StringBuilder request = new StringBuilder("GET " + uri.getRawPath());
    if (uri.getRawQuery() != null) {
      request.append('?').append(uri.getRawQuery());
    }
    request.append(" HTTP/1.1\r\nHost: ").append(uri.getAuthority()).append("\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    return request.append("\r\n").toString();
  }

  List<Connection> connections() {
    return connections;
  }

  /** Waits until it is so with each. */
  void await(String what, Predicate<Connection> condition) {
    Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> connections.stream().allMatch(condition));
  }

  private void await(Connection connection, Predicate<Connection> condition) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> condition.test(connection));
  }

  private void read() {
    while (!closed) {
      try {
        selector.select(this::read);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void read(SelectionKey key) {
    Connection connection = (Connection) key.attachment();
    try {
      buffer.clear();
      if (connection.channel.read(buffer) < 0) {
        key.cancel();
        connection.end();
      } else {
        buffer.flip();
        connection.heard(StandardCharsets.UTF_8.decode(buffer).toString());
      }
    } catch (IOException e) {
      key.cancel();
      connection.end();
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      reader.join();
      for (Connection connection : connections) {
        connection.channel.close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
