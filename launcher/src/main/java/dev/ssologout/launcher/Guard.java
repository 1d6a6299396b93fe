package dev.ssologout.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A shell process that outlives this JVM by a moment. It reads from a pipe which pids to watch; the
 * pipe ends when the JVM does, however that came, and what is then still on the list is ended.
 */
final class Guard {

  private static final String SCRIPT =
      """
      trap '' HUP INT TERM
      pids=
      while read -r op pid; do
        kept=
        for p in $pids; do
          [ "$p" = "$pid" ] || kept="$kept $p"
        done
        pids=$kept
        [ "$op" = - ] || pids="$pids $pid"
      done
      for p in $pids; do
        kill -TERM "$p"
        kill -CONT "$p"
      done
      for p in $pids; do
        patience=100
        while kill -0 "$p" && [ "$patience" -gt 0 ]; do
          patience=$((patience - 1))
          sleep 0.1
        done
        # shellcheck disable=SC2046
        ! kill -0 "$p" || kill -KILL $(pgrep -P "$p") "$p"
      done
      """;

  private final OutputStream pipe;

  private Guard(OutputStream pipe) {
    this.pipe = pipe;
  }

  static Guard start() {
    try {
      Process process =
          new ProcessBuilder("sh", "-c", SCRIPT)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new Guard(process.getOutputStream());
    } catch (IOException e) {
      throw new LaunchException("no shell to guard child processes: " + e.getMessage(), e);
    }
  }

  void add(long pid) {
    send("+ " + pid);
  }

  void remove(long pid) {
    send("- " + pid);
  }

  private void send(String line) {
    try {
      pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      pipe.flush();
    } catch (IOException guardIsGone) {
      // Then only kill -9 of this JVM leaves children behind: no reason to fail.
    }
  }
}
