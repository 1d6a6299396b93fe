package dev.ssologout.launcher;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Leaves no process and no temporary directory behind when the JVM ends. */
final class Reaper {

  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

  private static final Set<ChildProcess> CHILDREN = new LinkedHashSet<>();
  private static final Set<Path> DIRECTORIES = new LinkedHashSet<>();
  private static Guard guard;
  private static boolean closing;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Reaper::close, "launcher-reaper"));
  }

  private Reaper() {}

  /** Starts a child. Under the lock, so that none is born while the JVM ends. */
  static synchronized ChildProcess start(Supplier<ChildProcess> starter) {
    if (closing) {
      throw new LaunchException("the JVM is ending");
    }
    Guard present = guard();
    ChildProcess child = starter.get();
    CHILDREN.add(child);
    present.add(child.pid());
    return child;
  }

  static synchronized void forget(ChildProcess child) {
    if (CHILDREN.remove(child)) {
      guard.remove(child.pid());
    }
  }

  /** Has a process that is no child of this JVM ended with it, when it is killed with -9. */
  static synchronized void guard(long pid) {
    guard().add(pid);
  }

  static synchronized void unguard(long pid) {
    guard().remove(pid);
  }

  static synchronized void deleteAtEnd(Path directory) {
    DIRECTORIES.add(directory);
    guard().deleteAtEnd(directory);
  }

  static void delete(Path directory) {
    FileTree.delete(directory);
    synchronized (Reaper.class) {
      DIRECTORIES.remove(directory);
    }
  }

  private static synchronized Guard guard() {
    if (guard == null) {
      guard = Guard.start();
    }
    return guard;
  }

  private static void close() {
    List<ChildProcess> children;
    List<Path> directories;
    synchronized (Reaper.class) {
      closing = true;
      children = List.copyOf(CHILDREN);
      directories = List.copyOf(DIRECTORIES);
    }
    children.forEach(ChildProcess::askToEnd);
    long end = System.nanoTime() + STOP_LIMIT.toNanos();
    for (ChildProcess child : children) {
      child.stop(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
    for (Path directory : directories) {
      try {
        FileTree.delete(directory);
      } catch (UncheckedIOException stillWrittenTo) {
        // By a start that was under way; the guard deletes it in a moment.
      }
    }
  }
}
