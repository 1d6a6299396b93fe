package dev.ssologout.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A shell process that outlives this JVM by a moment. It reads from a pipe which processes have
 * been started and which have ended; the pipe ends when the JVM does, however that came, and what
 * then still runs is ended and temporary directories are deleted.
 */
final class Guard {

  private static final String SCRIPT =
      """
      trap '' HUP INT TERM
      pids=
      while read -r op value; do
        case $op in
          start) pids="$pids $value" ;;
          end)
            kept=
            for p in $pids; do
              [ "$p" = "$value" ] || kept="$kept $p"
            done
            pids=$kept
            ;;
          directory) set -- "$@" "$value" ;;
        esac
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
        ! kill -0 "$p" || kill -KILL $(pgrep -P "$p") "$p"
      done
      rm -rf "$@"
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
    send("start " + pid);
  }

  void remove(long pid) {
    send("end " + pid);
  }

  void deleteAtEnd(Path directory) {
    send("directory " + directory);
  }

  private void send(String line) {
    try {
      pipe.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      pipe.flush();
    } catch (IOException guardIsGone) {
      // Then only kill -9 of this JVM leaves children behind: no reason to fail.
    }
  }
}
