package dev.ssologout.relyingparty;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import redis.clients.jedis.StreamEntryID;

/**
 * What stood last in a stream, entry by entry: by it a repeat is told from a first, whoever handled
 * the first, and a gap from a quiet time. It is bounded: the oldest entries are forgotten.
 */
final class StreamHistory {
  /** How many entries are remembered. */
  static final int LENGTH = 10_000;

  private static final StreamEntryID NONE = new StreamEntryID(0, 0);

  private final Consumer<Gap> onGap;
  private final Map<String, List<StreamEntryID>> entries = new HashMap<>();
  private final Deque<Received> order = new ArrayDeque<>();
  private StreamEntryID last;

  StreamHistory(Consumer<Gap> onGap) {
    this.onGap = onGap;
  }

  /** The last entry that is known; {@code null} if none is. */
  StreamEntryID last() {
    return last;
  }

  /** Begins behind an entry, which itself need not be known any more. */
  void beginAfter(StreamEntryID entry) {
    last = entry;
  }

  /** Takes the stream's next entry; one that is known already is left alone. */
  void learn(Received entry) {
    if (last != null && entry.id().compareTo(last) <= 0) {
      return;
    }
    if (isBehindGap(entry)) {
      onGap.accept(new Gap(last.toString(), entry.previous().toString(), entry.id().toString()));
    }
    last = entry.id();
    remember(entry);
  }

  /** An entry was trimmed before it was settled. */
  void missing(StreamEntryID entry) {
    onGap.accept(
        new Gap(String.valueOf(last == null ? NONE : last), entry.toString(), entry.toString()));
  }

  /** As {@link #learn}, for entries from before the beginning. */
  void remember(Received entry) {
    if (entry.message() == null) {
      return;
    }
    order.addLast(entry);
    for (String key : keys(entry)) {
      entries.computeIfAbsent(key, absent -> new ArrayList<>(1)).add(entry.id());
    }
    if (order.size() > LENGTH) {
      forget(order.removeFirst());
    }
  }

  /** The entries before this one that are about the same, or have the same logout token. */
  List<StreamEntryID> earlier(Received entry) {
    return keys(entry).stream()
        .flatMap(key -> entries.getOrDefault(key, List.of()).stream())
        .filter(id -> id.compareTo(entry.id()) < 0)
        .distinct()
        .toList();
  }

  private boolean isBehindGap(Received entry) {
    if (last == null || entry.previous() == null || entry.previous().equals(last)) {
      return false;
    }
    // A stream in which nothing was added for as long as it keeps anything has expired, and begins
    // anew with nothing lost. Tokens live as long as the stream keeps them.
    boolean expired =
        entry.previous().equals(NONE)
            && entry.tokenLife() != null
            && entry.id().getTime() - last.getTime() >= entry.tokenLife().toMillis();
    return !expired;
  }

  private void forget(Received entry) {
    for (String key : keys(entry)) {
      List<StreamEntryID> ids = entries.get(key);
      ids.remove(entry.id());
      if (ids.isEmpty()) {
        entries.remove(key);
      }
    }
  }

  private static List<String> keys(Received entry) {
    return entry.tokenId() == null
        ? List.of("about " + entry.about())
        : List.of("about " + entry.about(), "token " + entry.tokenId());
  }
}
