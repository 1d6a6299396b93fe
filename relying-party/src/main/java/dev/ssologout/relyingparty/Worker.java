package dev.ssologout.relyingparty;

import dev.ssologout.message.SessionEnded;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Takes messages from the inbox to the handler, on one thread: verifies, drops repeats, tries again
 * what failed, and keeps the messages about one session in their order meanwhile.
 */
final class Worker implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LogoutSubscription.class);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
  // What waits for another try is held in memory; with so many, nothing new is read.
  private static final int MOST_WAITING = 1_000;
  private static final Duration VERIFY_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

  private final String stream;
  private final Inbox inbox;
  private final LogoutTokenVerifier verifier;
  private final String realm;
  private final SessionEndedHandler handler;
  private final BiConsumer<SessionEnded, Exception> onSetAside;
  private final Tally tally;
  private final Settings settings;

  private final Semaphore wakeUp = new Semaphore(0);
  private final Deque<Received> unread = new ArrayDeque<>();
  // Failed once, by sid.
  private final Map<String, Deque<Attempt>> waiting = new HashMap<>();
  // In no order with others: they may be forged.
  private final Deque<Received> unverified = new ArrayDeque<>();
  private long verifyAt;
  // Of messages that were believed and settled here.
  private final Map<String, StreamEntryID> known = bounded();
  private final Map<String, String> tokens = bounded();
  private volatile boolean closed;
  private Duration pause = SHORTEST_PAUSE;

  /**
   * @param attempts how often a handler is called for a message before that is set aside
   * @param firstPause before the second attempt; it doubles from then on
   * @param pollInterval how long to rely on the channel
   */
  record Settings(int attempts, Duration firstPause, Duration pollInterval) {}

  /** A message on its way to the handler. */
  private static final class Attempt {
    private final Received received;
    private int failures;
    private Duration pause;
    private long due = System.nanoTime();

    Attempt(Received received, Duration firstPause) {
      this.received = received;
      this.pause = firstPause;
    }

    void postpone() {
      due = System.nanoTime() + pause.toNanos();
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY;
    }
  }

  /**
   * @param verifier {@code null} to believe whatever Redis says
   */
  Worker(
      String stream,
      String realm,
      Inbox inbox,
      LogoutTokenVerifier verifier,
      SessionEndedHandler handler,
      BiConsumer<SessionEnded, Exception> onSetAside,
      Tally tally,
      Settings settings) {
    this.stream = stream;
    this.realm = realm;
    this.inbox = inbox;
    this.verifier = verifier;
    this.handler = handler;
    this.onSetAside = onSetAside;
    this.tally = tally;
    this.settings = settings;
  }

  /** There may be something to read. */
  void wake() {
    wakeUp.release();
  }

  /** Lets the message in hand come to its end, and stops. */
  void close() {
    closed = true;
    wake();
  }

  @Override
  public void run() {
    while (!closed) {
      try {
        boolean more = readAndHandle();
        connected();
        if (!more) {
          sleep(untilNextAttempt());
        }
      } catch (JedisException e) {
        disconnected(e);
      } catch (RuntimeException e) {
        LOG.error("Reading {} failed and goes on", stream, e);
        sleep(LONGEST_PAUSE);
      }
    }
    try {
      inbox.close();
    } catch (JedisException e) {
      LOG.debug("Left {} without a word", stream, e);
    }
  }

  private boolean readAndHandle() {
    retry();
    if (waiting.size() + unverified.size() >= MOST_WAITING) {
      return false;
    }
    if (unread.isEmpty()) {
      unread.addAll(inbox.next());
    }
    boolean more = unread.size() >= Inbox.BATCH;
    while (!unread.isEmpty() && !closed) {
      // Removed last: where Redis fails in between, it is taken once more.
      Received received = unread.peekFirst();
      if (!isTaken(received)) {
        unverified.addLast(received);
      }
      unread.removeFirst();
      retry();
    }
    return more;
  }

  /** Whether the message can be judged now, which then has been done. */
  private boolean isTaken(Received received) {
    if (received.message() == null) {
      refuse(received, Refusal.MALFORMED, received.problem());
      return true;
    }
    try {
      if (!isRepeat(received)) {
        handleInOrder(received);
      }
    } catch (RefusedMessageException e) {
      refuse(received, e.refusal(), e.getMessage());
    } catch (KeysUnavailableException e) {
      if (e.isOutage() && tally.keysUnavailable(true)) {
        LOG.warn("{}; until they can, messages of {} wait", e.getMessage(), stream, e);
      }
      verifyAt = System.nanoTime() + VERIFY_PAUSE.toNanos();
      return false;
    }
    if (tally.keysUnavailable(false)) {
      LOG.info("Messages of {} are verified again", stream);
    }
    return true;
  }

  private void handleInOrder(Received received) {
    Attempt attempt = new Attempt(received, settings.firstPause());
    Deque<Attempt> before = waiting.get(received.message().sid());
    if (before != null) {
      before.addLast(attempt);
    } else if (!isHandled(attempt)) {
      Deque<Attempt> queue = new ArrayDeque<>();
      queue.addLast(attempt);
      waiting.put(received.message().sid(), queue);
    }
  }

  private void retry() {
    long now = System.nanoTime();
    Iterator<Deque<Attempt>> queues = waiting.values().iterator();
    while (queues.hasNext() && !closed) {
      Deque<Attempt> queue = queues.next();
      while (!queue.isEmpty() && queue.peekFirst().due - now <= 0) {
        if (!isHandled(queue.peekFirst())) {
          break;
        }
        queue.removeFirst();
      }
      if (queue.isEmpty()) {
        queues.remove();
      }
    }
    if (verifyAt - now <= 0) {
      for (int left = unverified.size(); left > 0 && !closed; left--) {
        Received received = unverified.peekFirst();
        if (!isTaken(received)) {
          unverified.addLast(received);
        }
        unverified.removeFirst();
      }
    }
  }

  /** Whether nothing is left to do about the message; otherwise it is to be tried later. */
  private boolean isHandled(Attempt attempt) {
    Received received = attempt.received;
    if (known.containsKey(received.about())) {
      // Handled before, as far as Redis does not know, or by a repeat that waited with it.
      inbox.done(received);
      return true;
    }
    SessionEnded message = received.message();
    if (received.deliveries() > settings.attempts()) {
      setAside(received, new IllegalStateException("the app ended at each attempt before this"));
      return true;
    }
    try {
      handler.sessionEnded(message);
    } catch (Throwable thrown) {
      // An error in the app's code must not end the reading either.
      Exception e = thrown instanceof Exception ex ? ex : new ExecutionException(thrown);
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      attempt.failures++;
      if (attempt.failures >= settings.attempts()) {
        setAside(received, e);
        return true;
      }
      tally.retried();
      LOG.warn(
          "Handling {} of {} failed and is tried again in {} ms",
          received.id(),
          stream,
          attempt.pause.toMillis(),
          e);
      attempt.postpone();
      return false;
    }
    tally.handled(message.time());
    settle(received);
    return true;
  }

  private boolean isRepeat(Received received)
      throws RefusedMessageException, KeysUnavailableException {
    StreamEntryID before = known.get(received.about());
    if (before != null) {
      inbox.done(received);
      if (!before.equals(received.id())) {
        tally.repeated();
      }
      // Else it was settled, and Redis did not get to know.
      return true;
    }
    verify(received);
    for (Received earlier : inbox.earlier(received)) {
      if (!isVerified(earlier)) {
        continue;
      }
      if (earlier.about().equals(received.about())) {
        inbox.done(received);
        tally.repeated();
        return true;
      }
      throw replayed();
    }
    return false;
  }

  private void verify(Received received) throws RefusedMessageException, KeysUnavailableException {
    if (!received.message().realm().equals(realm)) {
      throw new RefusedMessageException(Refusal.MALFORMED, "it is about another realm");
    }
    if (verifier == null) {
      return;
    }
    verifier.verify(received.message());
    String of = tokens.get(received.tokenId());
    if (of != null && !of.equals(received.about())) {
      throw replayed();
    }
  }

  private boolean isVerified(Received earlier) throws KeysUnavailableException {
    try {
      if (verifier != null) {
        verifier.verify(earlier.message());
      }
      return true;
    } catch (RefusedMessageException e) {
      return false;
    }
  }

  private static RefusedMessageException replayed() {
    return new RefusedMessageException(
        Refusal.REPLAYED, "its logout token came before in another message");
  }

  private void refuse(Received received, Refusal refusal, String problem) {
    inbox.done(received);
    tally.refused(refusal);
    LOG.warn("Refused {} of {}: {}", received.id(), stream, problem);
  }

  private void setAside(Received received, Exception e) {
    tally.setAside();
    LOG.error("Set {} of {} aside after the last attempt", received.id(), stream, e);
    try {
      onSetAside.accept(received.message(), e);
    } catch (RuntimeException failure) {
      LOG.error("The handler of what is set aside failed", failure);
    }
    settle(received);
  }

  private void settle(Received received) {
    known.put(received.about(), received.id());
    if (received.tokenId() != null) {
      tokens.put(received.tokenId(), received.about());
    }
    inbox.done(received);
    inbox.hold();
  }

  private void connected() {
    pause = SHORTEST_PAUSE;
    if (tally.connected()) {
      LOG.info("Ended sessions are read from {}", stream);
    }
  }

  private void disconnected(JedisException e) {
    if (tally.disconnected(rootMessage(e))) {
      LOG.warn(
          "Ended sessions cannot be read from {} ({}). They are read once it can.",
          stream,
          rootMessage(e));
    }
    sleep(pause);
    Duration doubled = pause.multipliedBy(2);
    pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }

  private Duration untilNextAttempt() {
    long now = System.nanoTime();
    long least =
        waiting.values().stream()
            .mapToLong(queue -> queue.peekFirst().due - now)
            .min()
            .orElse(Long.MAX_VALUE);
    if (!unverified.isEmpty()) {
      least = Math.min(least, verifyAt - now);
    }
    return Duration.ofNanos(Math.min(settings.pollInterval().toNanos(), Math.max(1, least)));
  }

  private void sleep(Duration time) {
    try {
      if (wakeUp.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS)) {
        wakeUp.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  private static <T> Map<String, T> bounded() {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
        return size() > StreamHistory.LENGTH;
      }
    };
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
