package dev.ssologout.broadcaster;

import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.ws.rs.sse.OutboundSseEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One open stream. It is registered before it is written to, so that what happens in between waits
 * in it.
 */
final class LogoutStream {
  /** How many events may wait for a reader. All streams share them, so it costs little. */
  private static final int MOST_BEHIND = 1_000;

  private final Watch watch;
  private final StreamEvents events;
  private final Runnable disconnect;
  private final long openedAt = System.nanoTime();

  // Counted by the event loop, which must not wait for a lock of ours.
  private final AtomicLong taken = new AtomicLong();

  // Guarded by this.
  private final List<OutboundSseEvent> waiting = new ArrayList<>(2);
  private MultiEmitter<? super OutboundSseEvent> emitter;
  private boolean completed;
  private long sent;
  private long takenAtLastBeat = -1;

  /**
   * @param disconnect cuts the connection without a word
   */
  LogoutStream(Watch watch, StreamEvents events, Runnable disconnect) {
    this.watch = watch;
    this.events = events;
    this.disconnect = disconnect;
  }

  Watch watch() {
    return watch;
  }

  /** What makes events; those of one stream are good for every other. */
  StreamEvents events() {
    return events;
  }

  /** In nanoseconds. */
  long age() {
    return System.nanoTime() - openedAt;
  }

  /** Gives the stream its way out, and takes what has waited for it. */
  synchronized void attach(MultiEmitter<? super OutboundSseEvent> out) {
    emitter = out;
    // The next is asked for when one has been written.
    out.onRequest(taken::addAndGet);
    waiting.forEach(this::emit);
    waiting.clear();
    if (completed) {
      out.complete();
    }
  }

  /**
   * Sends an event.
   *
   * @return whether the reader keeps up
   */
  synchronized boolean send(OutboundSseEvent event) {
    if (completed) {
      return true;
    }
    if (emitter == null) {
      waiting.add(event);
      return waiting.size() <= MOST_BEHIND;
    }
    emit(event);
    return sent - taken.get() <= MOST_BEHIND;
  }

  private void emit(OutboundSseEvent event) {
    sent++;
    emitter.emit(event);
  }

  /**
   * Sends a sign of life, unless an event is still on its way.
   *
   * @return whether the reader keeps up: it has taken something since the last sign of life, if
   *     there was something to take
   */
  synchronized boolean beat() {
    if (completed) {
      return true;
    }
    long takenByNow = taken.get();
    // Without a way out it is between request and response; nobody waits that long for a response.
    boolean waits = emitter == null || sent > takenByNow;
    boolean stuck = waits && takenByNow == takenAtLastBeat;
    takenAtLastBeat = takenByNow;
    if (!waits) {
      emit(events.beat());
    }
    return !stuck;
  }

  /**
   * Sends the last event.
   *
   * @return whether it was this call that ended the stream
   */
  synchronized boolean complete(OutboundSseEvent last) {
    if (completed) {
      return false;
    }
    completed = true;
    if (emitter == null) {
      waiting.add(last);
    } else {
      emit(last);
      emitter.complete();
    }
    return true;
  }

  /** Cuts the connection of a reader that does not read. */
  void drop() {
    synchronized (this) {
      completed = true;
      waiting.clear();
    }
    disconnect.run();
  }
}
