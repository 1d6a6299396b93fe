package dev.ssologout.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The file that a child process writes its output to. */
record Log(Path file) {

  private static final int TAIL_LINES = 25;

  /** What was written so far; empty when the process never ran. */
  String text() {
    try {
      // The reader may come in the middle of a character, so wrong bytes are no error.
      return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      throw new LaunchException("cannot read " + file, e);
    }
  }

  String tail() {
    List<String> lines = text().lines().toList();
    int from = Math.max(0, lines.size() - TAIL_LINES);
    return String.join("\n", lines.subList(from, lines.size()));
  }
}
