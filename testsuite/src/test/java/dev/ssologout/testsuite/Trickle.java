package dev.ssologout.testsuite;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** One of alice's sessions after the other begins and ends, until told otherwise. */
final class Trickle {
  private final TestRealm realm;
  private final List<String> ended = new CopyOnWriteArrayList<>();
  private volatile boolean ending;
  private CompletableFuture<Void> run;

  private Trickle(TestRealm realm) {
    this.realm = realm;
  }

  static Trickle start(TestRealm realm) {
    Trickle trickle = new Trickle(realm);
    trickle.run =
        CompletableFuture.runAsync(
            trickle::run, command -> new Thread(command, "trickle of logouts").start());
    return trickle;
  }

  /** Waits until so many more sessions have ended. */
  void awaitMore(int count) {
    int before = ended.size();
    await("logouts")
        .atMost(Duration.ofSeconds(60))
        .until(() -> run.isDone() || ended.size() >= before + count);
  }

  /**
   * Ends it.
   *
   * @return the sids of all the sessions that have ended
   */
  List<String> end() {
    ending = true;
    run.join();
    return ended;
  }

  private void run() {
    while (!ending) {
      Login login = realm.signIn("alice", "shop");
      login.logout();
      ended.add(login.sid());
    }
  }
}
