package dev.ssologout.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Users who sign in at one client and out again, one after the other at each of some browsers. */
final class Load implements AutoCloseable {
  private final List<UserAgent> agents = new ArrayList<>();
  private final ExecutorService executor;

  Load(Realm realm, int browsers) {
    for (int i = 0; i < browsers; i++) {
      agents.add(new UserAgent(realm));
    }
    executor = Executors.newFixedThreadPool(browsers);
  }

  /**
   * @param sessions of all browsers together
   * @return p50 and p99 of {@code login} and {@code logout}, and {@code sessions}, how many a
   *     second
   */
  Map<String, Double> run(int sessions) throws Exception {
    Latencies logins = new Latencies();
    Latencies logouts = new Latencies();
    List<Future<?>> running = new ArrayList<>();
    long start = System.nanoTime();
    for (UserAgent agent : agents) {
      running.add(
          executor.submit(
              () -> {
                for (int i = 0; i < sessions / agents.size(); i++) {
                  long begin = System.nanoTime();
                  UserAgent.SignedIn session = agent.signIn(1);
                  long signedIn = System.nanoTime();
                  agent.signOut(session);
                  logins.add(signedIn - begin);
                  logouts.add(System.nanoTime() - signedIn);
                }
              }));
    }
    for (Future<?> browser : running) {
      browser.get();
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    logins.putInto(figures, "login");
    logouts.putInto(figures, "logout");
    figures.put("sessions", logouts.count() * 1e9 / (System.nanoTime() - start));
    return figures;
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
