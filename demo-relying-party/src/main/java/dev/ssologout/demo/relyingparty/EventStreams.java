package dev.ssologout.demo.relyingparty;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The streams to the app's pages that this instance holds open, by SSO session. */
@Component
final class EventStreams implements AutoCloseable {
  private static final int KEEP_ALIVE_SECONDS = 3;
  private static final int MOST_PER_SESSION = 10;
  private static final int MOST = 1_000;

  private final Map<String, Set<SseEmitter>> bySid = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "keep-alive");
            thread.setDaemon(true);
            return thread;
          });

  EventStreams() {
    clock.scheduleAtFixedRate(
        this::keepAlive, KEEP_ALIVE_SECONDS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
  }

  /** A stream for a page; {@code null} if there are too many. */
  SseEmitter open(String sid, Object first) throws IOException {
    if (open.incrementAndGet() > MOST) {
      open.decrementAndGet();
      return null;
    }
    SseEmitter emitter = new SseEmitter(0L);
    Set<SseEmitter> ofSession =
        bySid.compute(
            sid,
            (key, present) -> {
              Set<SseEmitter> all = present == null ? ConcurrentHashMap.newKeySet() : present;
              if (all.size() < MOST_PER_SESSION) {
                all.add(emitter);
              }
              return all;
            });
    if (!ofSession.contains(emitter)) {
      open.decrementAndGet();
      return null;
    }
    emitter.onCompletion(() -> remove(sid, emitter));
    emitter.onError(e -> remove(sid, emitter));
    emitter.send(SseEmitter.event().name("session").data(first));
    return emitter;
  }

  /** Tells a session's pages of its end. The starter closes their streams. */
  void ended(EndedSession ended) {
    for (SseEmitter emitter : bySid.getOrDefault(ended.sid(), Set.of())) {
      send(emitter, SseEmitter.event().name("ended").data(ended));
    }
  }

  private void keepAlive() {
    for (Set<SseEmitter> ofSession : bySid.values()) {
      for (SseEmitter emitter : ofSession) {
        send(emitter, SseEmitter.event().comment("keep-alive"));
      }
    }
  }

  private static void send(SseEmitter emitter, SseEmitter.SseEventBuilder event) {
    try {
      emitter.send(event);
    } catch (IOException | IllegalStateException e) {
      // The page is gone, and with it the stream.
    }
  }

  private void remove(String sid, SseEmitter emitter) {
    bySid.computeIfPresent(
        sid,
        (key, present) -> {
          if (present.remove(emitter)) {
            open.decrementAndGet();
          }
          return present.isEmpty() ? null : present;
        });
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
