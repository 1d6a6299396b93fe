package dev.ssologout.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Section 7. */
final class Streams implements Section.Body {
  private static final String REALM = "streams";
  private static final int SESSIONS = 50;
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  @Override
  public void run(Lab lab) throws Exception {
    List<Integer> counts = lab.isQuick() ? List.of(50, 200) : List.of(100, 1_000, 5_000);
    List<String> options = new ArrayList<>(List.of(Lab.redisOption(lab.redis().uri())));
    options.addAll(List.of(EventStreams.options(10_000)));
    Site site = lab.keycloak(Lab.With.EXTENSION, options.toArray(String[]::new));
    Realm realm = Realm.create(site, REALM, List.of(Realm.LISTENER), 1);
    Interleaved rounds = new Interleaved();
    counts.forEach(
        count -> rounds.variant("%,d streams".formatted(count), () -> measure(realm, count)));
    rounds.run(1, lab.size(1, 5), lab::say);
    lab.add(
        rounds.compare(
            "Connecting",
            "rate",
            "streams a second",
            "the processor, which both ends share: each is authenticated"));
    lab.add(
        rounds.compare(
            "Memory of a stream", "memory", "KB of heap", "the connection's own buffers"));
    lab.add(
        rounds.compare(
            "From the answer to the sign-out of all to the last stream",
            "push",
            "ms",
            "writing to each connection"));
  }

  private static Map<String, Double> measure(Realm realm, int count) throws Exception {
    UserAgent agent = new UserAgent(realm);
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      tokens.add(agent.passwordGrant().accessToken());
    }
    long pid = realm.site().keycloak().pid();
    long before = heap(pid);
    long begin = System.nanoTime();
    try (EventStreams streams = new EventStreams(realm, tokens, count)) {
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("rate", count * 1e9 / (System.nanoTime() - begin));
      figures.put("memory", (heap(pid) - before) / 1024.0 / count);
      realm.site().admin("POST", "/admin/realms/" + REALM + "/logout-all", null);
      long answered = System.nanoTime();
      Await.until("the end on each stream", () -> streams.ended() == count);
      figures.put("push", Math.max(0, streams.lastEnd() - answered) / 1e6);
      return figures;
    }
  }

  /** What is in use after a collection, in bytes. */
  private static long heap(long pid) throws IOException {
    jcmd(pid, "GC.run");
    Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
    if (!used.find()) {
      throw new IllegalStateException("jcmd does not say how much heap is used");
    }
    return Long.parseLong(used.group(1)) * 1024;
  }

  private static String jcmd(long pid, String command) throws IOException {
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/jcmd", Long.toString(pid), command)
            .redirectErrorStream(true)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
