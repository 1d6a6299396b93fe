package dev.ssologout.broadcaster;

import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.ws.rs.sse.OutboundSseEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * One open stream. It is registered before it is written to, so that what happens in between waits
 * in it.
 */
final class LogoutStream {
  /** How many events a reader may be behind. */
  private static final int MOST_BEHIND = 64;

  private final Watch watch;
  private final StreamEvents events;
  private final Runnable disconnect;
  private final long openedAt = System.nanoTime();

  // Guarded by this.
  private final List<OutboundSseEvent> waiting = new ArrayList<>(2);
  private MultiEmitter<? super OutboundSseEvent> emitter;
  private boolean completed;
  private int behind;

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

  /** This stream's own form of events. */
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
    waiting.forEach(out::emit);
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
    behind = emitter.requested() == 0 ? behind + 1 : 0;
    emitter.emit(event);
    return behind <= MOST_BEHIND;
  }

  /**
   * Sends a sign of life, unless the last event is still on its way.
   *
   * @return whether the reader keeps up: that event was not on its way at the last sign of life
   */
  synchronized boolean beat() {
    if (completed) {
      return true;
    }
    if (emitter == null) {
      // Between request and response; nobody waits that long for a response.
      return behind++ == 0;
    }
    if (emitter.requested() == 0) {
      return behind++ == 0;
    }
    behind = 0;
    emitter.emit(events.beat());
    return true;
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
      emitter.emit(last);
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
