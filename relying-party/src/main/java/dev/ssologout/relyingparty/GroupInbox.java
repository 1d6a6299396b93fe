package dev.ssologout.relyingparty;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamConsumerInfo;
import redis.clients.jedis.resps.StreamEntry;
import redis.clients.jedis.resps.StreamGroupInfo;
import redis.clients.jedis.resps.StreamPendingEntry;

/**
 * Reads a stream as one consumer of a group, whose place Redis keeps: what one consumer got and did
 * not settle before it crashed comes to another.
 *
 * <p>The rest of the stream is looked at too, for {@link StreamHistory} only. Redis would let us
 * keep such a record in keys of our own, but a user who may write keys could write over the stream,
 * and then Keycloak could tell nobody of these sessions.
 */
final class GroupInbox implements Inbox {
  private static final StreamEntryID BEGINNING = new StreamEntryID(0, 0);
  // No entry has such an id; says that a group's place is where it was told to begin.
  private static final long NO_ENTRY = Long.MAX_VALUE;
  private static final int PAGE = 500;
  private static final long STALE_MILLIS = Duration.ofDays(1).toMillis();

  private final Supplier<? extends UnifiedJedis> redis;
  private final String stream;
  private final String group;
  private final String consumer;
  private final StreamHistory history;
  private final Duration lookBack;
  private final Duration takeOverAfter;
  private final Set<StreamEntryID> inHand = new HashSet<>();

  private boolean open;
  private boolean mayHoldMore = true;
  private long lastRound = System.nanoTime();
  private long lastHold = System.nanoTime();

  /**
   * @param lookBack how far before now a new group begins; {@code null} for the stream's beginning
   * @param takeOverAfter how long another consumer may have an entry before it is taken from it;
   *     {@code null} where there are no others
   */
  GroupInbox(
      Supplier<? extends UnifiedJedis> redis,
      String stream,
      String group,
      String consumer,
      StreamHistory history,
      Duration lookBack,
      Duration takeOverAfter) {
    this.redis = redis;
    this.stream = stream;
    this.group = group;
    this.consumer = consumer;
    this.history = history;
    this.lookBack = lookBack;
    this.takeOverAfter = takeOverAfter;
  }

  @Override
  public List<Received> next() {
    try {
      return read();
    } catch (JedisException e) {
      // The answer may be lost that gave us something.
      mayHoldMore = true;
      if (isNoGroup(e)) {
        open = false;
      }
      throw e;
    }
  }

  private List<Received> read() {
    if (!open) {
      openGroup();
    }
    List<Received> entries = new ArrayList<>();
    if (mayHoldMore) {
      addHeld(entries);
      mayHoldMore = false;
    }
    hold();
    if (takeOverAfter != null && isDue(lastRound, takeOverAfter.dividedBy(2))) {
      lastRound = System.nanoTime();
      takeOver(entries);
      removeStaleConsumers();
    }
    List<Received> unread = read(StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY);
    follow(unread);
    entries.addAll(unread);
    entries.forEach(entry -> inHand.add(entry.id()));
    return entries;
  }

  private void openGroup() {
    StreamEntryID start = history.last();
    if (start == null) {
      start =
          lookBack == null
              ? BEGINNING
              : new StreamEntryID(
                  Math.max(0, System.currentTimeMillis() - lookBack.toMillis()), NO_ENTRY);
    }
    try {
      redis.get().xgroupCreate(stream, group, start, true);
    } catch (JedisDataException e) {
      if (!e.getMessage().startsWith("BUSYGROUP")) {
        throw e;
      }
    }
    if (history.last() == null) {
      recall();
    }
    open = true;
  }

  /** Learns what the group had read before this consumer came. */
  private void recall() {
    StreamEntryID place =
        redis.get().xinfoGroups(stream).stream()
            .filter(info -> info.getName().equals(group))
            .map(StreamGroupInfo::getLastDeliveredId)
            .findFirst()
            .orElse(BEGINNING);
    if (place.equals(BEGINNING)) {
      return;
    }
    List<StreamEntry> read =
        redis.get().xrevrange(stream, place.toString(), "-", StreamHistory.LENGTH);
    for (int i = read.size() - 1; i >= 0; i--) {
      history.remember(Received.of(read.get(i)));
    }
    if (place.getSequence() != NO_ENTRY) {
      history.beginAfter(place);
    }
  }

  /**
   * Entries that are this consumer's already: of an earlier life, or of an answer that was lost.
   */
  private void addHeld(List<Received> entries) {
    StreamEntryID after = BEGINNING;
    List<Received> page;
    do {
      page = read(after);
      for (Received entry : page) {
        after = entry.id();
        if (!inHand.contains(entry.id())) {
          entries.add(entry);
        }
      }
    } while (page.size() == BATCH);
    countDeliveries(entries);
  }

  private List<Received> read(StreamEntryID from) {
    List<Map.Entry<String, List<StreamEntry>>> read =
        redis
            .get()
            .xreadGroup(
                group,
                consumer,
                XReadGroupParams.xReadGroupParams().count(BATCH),
                Map.of(stream, from));
    return read == null ? List.of() : present(read.get(0).getValue());
  }

  /** Settles entries that were trimmed before anybody came to them. */
  private List<Received> present(List<StreamEntry> entries) {
    List<Received> present = new ArrayList<>(entries.size());
    for (StreamEntry entry : entries) {
      if (entry == null) {
        continue;
      }
      if (entry.getFields() == null || entry.getFields().isEmpty()) {
        redis.get().xack(stream, group, entry.getID());
        history.missing(entry.getID());
      } else {
        present.add(Received.of(entry));
      }
    }
    return present;
  }

  private static boolean isDue(long last, Duration interval) {
    return System.nanoTime() - last >= interval.toNanos();
  }

  @Override
  public void hold() {
    if (takeOverAfter != null && !inHand.isEmpty() && isDue(lastHold, takeOverAfter.dividedBy(3))) {
      lastHold = System.nanoTime();
      redis
          .get()
          .xclaimJustId(
              stream,
              group,
              consumer,
              0,
              XClaimParams.xClaimParams(),
              inHand.toArray(StreamEntryID[]::new));
    }
  }

  private void takeOver(List<Received> entries) {
    Map.Entry<StreamEntryID, List<StreamEntry>> page =
        redis
            .get()
            .xautoclaim(
                stream,
                group,
                consumer,
                takeOverAfter.toMillis(),
                BEGINNING,
                XAutoClaimParams.xAutoClaimParams().count(BATCH));
    List<Received> taken = new ArrayList<>(present(page.getValue()));
    taken.removeIf(entry -> inHand.contains(entry.id()));
    countDeliveries(taken);
    entries.addAll(taken);
  }

  private void countDeliveries(List<Received> entries) {
    if (entries.isEmpty()) {
      return;
    }
    Map<StreamEntryID, Long> times = new HashMap<>();
    for (StreamPendingEntry pending :
        redis
            .get()
            .xpending(
                stream,
                group,
                XPendingParams.xPendingParams(
                        entries.get(0).id(), entries.get(entries.size() - 1).id(), PAGE)
                    .consumer(consumer))) {
      times.put(pending.getID(), pending.getDeliveredTimes());
    }
    entries.replaceAll(entry -> entry.deliveredTimes(times.getOrDefault(entry.id(), 1L)));
  }

  /** Each process has a name of its own, and those that crashed took no leave. */
  private void removeStaleConsumers() {
    for (StreamConsumerInfo info : redis.get().xinfoConsumers2(stream, group)) {
      if (info.getPending() == 0 && info.getIdle() > STALE_MILLIS) {
        redis.get().xgroupDelConsumer(stream, group, info.getName());
      }
    }
  }

  private void follow(List<Received> unread) {
    for (Received entry : unread) {
      if (entry.previous() == null || !entry.previous().equals(history.last())) {
        while (history.last() != null && learnPageBefore(entry.id().toString())) {
          // Until all before the entry is known.
        }
      }
      history.learn(entry);
    }
    if (unread.isEmpty() && history.last() != null) {
      learnPageBefore("+");
    }
  }

  private boolean learnPageBefore(String end) {
    List<StreamEntry> page = redis.get().xrange(stream, "(" + history.last(), end, PAGE);
    page.forEach(entry -> history.learn(Received.of(entry)));
    return page.size() == PAGE;
  }

  @Override
  public void done(Received entry) {
    redis.get().xack(stream, group, entry.id());
    inHand.remove(entry.id());
  }

  @Override
  public List<Received> earlier(Received entry) {
    List<Received> earlier = new ArrayList<>();
    for (StreamEntryID id : history.earlier(entry)) {
      redis.get().xrange(stream, id, id).forEach(found -> earlier.add(Received.of(found)));
    }
    return earlier;
  }

  @Override
  public void close() {
    if (open && takeOverAfter != null && inHand.isEmpty() && !mayHoldMore) {
      redis.get().xgroupDelConsumer(stream, group, consumer);
    }
  }

  private static boolean isNoGroup(JedisException e) {
    return e.getMessage() != null && e.getMessage().startsWith("NOGROUP");
  }
}
