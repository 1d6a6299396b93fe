package dev.ssologout.benchmark;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscribers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Many browsers' streams from the broadcaster of a realm. */
final class EventStreams implements AutoCloseable {
  private static final int CONNECTING_AT_ONCE = 32;
  private static final String OPTION = "--spi-realm-restapi-extension--logout-broadcaster--";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Flow.Subscription> streams = new ArrayList<>();
  private final AtomicInteger ready = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicLong lastEnd = new AtomicLong();

  /** What lets a node take so many from one machine. */
  static String[] options(int streams) {
    return new String[] {
      OPTION + "connects-per-minute=1000000",
      OPTION + "max-streams-per-session=" + streams,
      OPTION + "max-streams-per-user=" + streams,
      OPTION + "max-streams-per-ip=" + streams
    };
  }

  /**
   * Opens them and waits until each is ready.
   *
   * @param accessTokens of sessions that share the streams out
   */
  EventStreams(Realm realm, List<String> accessTokens, int count) throws InterruptedException {
    URI uri = URI.create(realm.issuer() + "/logout-broadcaster/events");
    Semaphore connecting = new Semaphore(CONNECTING_AT_ONCE);
    for (int i = 0; i < count; i++) {
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .header("Authorization", "Bearer " + accessTokens.get(i % accessTokens.size()))
              .build();
      connecting.acquire();
      http.sendAsync(
              request,
              answer ->
                  answer.statusCode() == 200
                      ? BodySubscribers.fromLineSubscriber(new Reader(connecting))
                      : BodySubscribers.replacing(null))
          .whenComplete(
              (answer, e) -> {
                if (ended.get() == 0 && (e != null || answer.statusCode() != 200)) {
                  failed.incrementAndGet();
                  connecting.release();
                }
              });
    }
    Await.until(
        "all streams",
        () -> {
          if (failed.get() > 0) {
            throw new IllegalStateException(failed + " of the streams were refused or have ended");
          }
          return ready.get() == count;
        });
  }

  /** How many have been told of the end. */
  int ended() {
    return ended.get();
  }

  /** When the last was, as of {@link System#nanoTime()}. */
  long lastEnd() {
    return lastEnd.get();
  }

  @Override
  public void close() {
    synchronized (streams) {
      streams.forEach(Flow.Subscription::cancel);
    }
  }

  private final class Reader implements Flow.Subscriber<String> {
    private final Semaphore connecting;

    Reader(Semaphore connecting) {
      this.connecting = connecting;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      synchronized (streams) {
        streams.add(subscription);
      }
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      if (line.replace(" ", "").equals("event:ready")) {
        ready.incrementAndGet();
        connecting.release();
      } else if (line.replace(" ", "").equals("event:ended")) {
        lastEnd.accumulateAndGet(System.nanoTime(), Math::max);
        ended.incrementAndGet();
      }
    }

    @Override
    public void onError(Throwable e) {}

    @Override
    public void onComplete() {}
  }
}
