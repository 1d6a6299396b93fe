package dev.ssologout.demo;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Reads what the apps write to their audit logs, as they write it. */
final class AuditTrail implements AutoCloseable {

  private static final int POLL_MILLIS = 100;
  private static final int MOST_AT_ONCE = 1 << 20;

  private final Collection<Path> logs;
  private final Consumer<JsonObject> reader;
  private final Map<Path, Long> positions = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private AuditTrail(Collection<Path> logs, Consumer<JsonObject> reader) {
    this.logs = logs;
    this.reader = reader;
  }

  /**
   * Begins to read.
   *
   * @param reader gets each entry, on one thread
   */
  static AuditTrail follow(Collection<Path> logs, Consumer<JsonObject> reader) {
    AuditTrail trail = new AuditTrail(logs, reader);
    Thread thread = new Thread(trail::run, "audit-trail");
    thread.setDaemon(true);
    thread.start();
    return trail;
  }

  private void run() {
    try {
      do {
        for (Path log : logs) {
          read(log);
        }
      } while (!closed.await(POLL_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(Path log) {
    long position = positions.getOrDefault(log, 0L);
    byte[] bytes;
    try {
      if (!Files.exists(log) || Files.size(log) <= position) {
        return;
      }
      try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
        bytes = new byte[(int) Math.min(file.length() - position, MOST_AT_ONCE)];
        file.seek(position);
        file.readFully(bytes);
      }
    } catch (IOException e) {
      // The log goes with its app.
      return;
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.lastIndexOf('\n') + 1;
    positions.put(log, position + text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
    text.substring(0, end).lines().filter(line -> line.startsWith("{")).forEach(this::entry);
  }

  private void entry(String line) {
    try {
      JsonObject entry = JsonParser.parseString(line).getAsJsonObject();
      if (entry.has("logger_name") && entry.get("logger_name").getAsString().equals("audit")) {
        reader.accept(entry);
      }
    } catch (JsonParseException | IllegalStateException e) {
      // A process that was killed may leave half a line.
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
