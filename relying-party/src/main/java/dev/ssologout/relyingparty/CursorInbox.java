package dev.ssologout.relyingparty;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.XReadParams;
import redis.clients.jedis.resps.StreamEntry;

/** Reads all of a stream and keeps the place in memory, so a new process begins anew. */
final class CursorInbox implements Inbox {
  private final Supplier<? extends UnifiedJedis> redis;
  private final String stream;
  private final StreamHistory history;
  private StreamEntryID cursor;

  /**
   * @param lookBack how far before now to begin
   */
  CursorInbox(
      Supplier<? extends UnifiedJedis> redis,
      String stream,
      StreamHistory history,
      Duration lookBack) {
    this.redis = redis;
    this.stream = stream;
    this.history = history;
    this.cursor =
        new StreamEntryID(Math.max(0, System.currentTimeMillis() - lookBack.toMillis()), 0);
  }

  @Override
  public List<Received> next() {
    List<Map.Entry<String, List<StreamEntry>>> read =
        redis.get().xread(XReadParams.xReadParams().count(BATCH), Map.of(stream, cursor));
    List<Received> entries = new ArrayList<>();
    if (read != null) {
      for (StreamEntry entry : read.get(0).getValue()) {
        Received received = Received.of(entry);
        history.learn(received);
        cursor = entry.getID();
        entries.add(received);
      }
    }
    return entries;
  }

  @Override
  public void done(Received entry) {
    // The cursor is past it.
  }

  @Override
  public void hold() {
    // Nobody else waits for it.
  }

  @Override
  public List<Received> earlier(Received entry) {
    // Whatever came before came here, and is known to whoever read it.
    return List.of();
  }

  @Override
  public void close() {
    // Redis knows nothing of a cursor.
  }
}
