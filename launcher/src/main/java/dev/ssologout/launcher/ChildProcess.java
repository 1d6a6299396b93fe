package dev.ssologout.launcher;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One running process with what it started itself; known to the {@link Reaper} until it ended. */
final class ChildProcess {

  private static final Duration KILL_POLL = Duration.ofMillis(50);
  private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

  private final String name;
  private final Process process;
  private final Log log;
  private final Set<ProcessHandle> family = ConcurrentHashMap.newKeySet();
  private volatile boolean paused;

  private ChildProcess(String name, Process process, Log log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** Starts a process whose output is appended to the log. */
  static ChildProcess start(String name, ProcessBuilder builder, Log log) {
    builder
        .redirectInput(new File("/dev/null"))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()));
    return Reaper.start(
        () -> {
          try {
            return new ChildProcess(name, builder.start(), log);
          } catch (IOException e) {
            throw new LaunchException(name + " could not be started: " + e.getMessage(), e);
          }
        });
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** The process itself or, where that is a script, the program that it runs. */
  long programPid() {
    return process.descendants().mapToLong(ProcessHandle::pid).findFirst().orElseGet(this::pid);
  }

  /** Waits until the condition holds, for as long as the process lives and the limit allows. */
  void awaitReady(BooleanSupplier ready, Duration poll, Duration limit) {
    long start = System.nanoTime();
    while (!ready.getAsBoolean()) {
      if (waitFor(poll)) {
        throw failure("ended with exit code " + process.exitValue());
      }
      if (System.nanoTime() - start > limit.toNanos()) {
        kill();
        throw failure("was not ready within " + limit.toSeconds() + " s");
      }
    }
  }

  /** Waits for the end of a process that ends by itself. */
  void awaitSuccess(Duration limit) {
    if (!waitFor(limit)) {
      kill();
      throw failure("did not end within " + limit.toSeconds() + " s");
    }
    if (process.exitValue() != 0) {
      throw failure("ended with exit code " + process.exitValue());
    }
    forgetIfEnded();
  }

  /** Asks the process to end, and kills it when it has not done so within the limit. */
  void stop(Duration limit) {
    long start = System.nanoTime();
    askToEnd();
    // A script that is asked twice, by the terminal and by us, may end before its program does.
    boolean ended =
        waitFor(limit) && family.stream().allMatch(member -> waitFor(member, start, limit));
    if (!ended) {
      kill();
    }
    forgetIfEnded();
  }

  void askToEnd() {
    process.descendants().forEach(family::add);
    resume();
    process.destroy();
  }

  /** Ends the process and its descendants at once, as {@code kill -9} does. */
  void kill() {
    long start = System.nanoTime();
    do {
      // Descendants first: a script ends with its program and has it gone from the process table,
      // while a program is not found any more once its script is gone.
      List<ProcessHandle> descendants = process.descendants().toList();
      if (descendants.isEmpty()) {
        process.destroyForcibly();
      }
      descendants.forEach(ProcessHandle::destroyForcibly);
    } while (!waitFor(KILL_POLL) && System.nanoTime() - start < KILL_LIMIT.toNanos());
    family.forEach(ProcessHandle::destroyForcibly);
    forgetIfEnded();
  }

  void pause() {
    signal("STOP");
    paused = true;
  }

  void resume() {
    if (paused) {
      signal("CONT");
      paused = false;
    }
  }

  private void signal(String signal) {
    try {
      int status =
          new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (status != 0 && isAlive()) {
        throw new LaunchException("signal " + signal + " could not be sent to " + name);
      }
    } catch (IOException e) {
      throw new LaunchException("signal " + signal + " could not be sent to " + name, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private boolean waitFor(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw interrupted(e);
    }
  }

  private boolean waitFor(ProcessHandle member, long start, Duration limit) {
    while (isRunning(member)) {
      if (System.nanoTime() - start > limit.toNanos()) {
        return false;
      }
      try {
        Thread.sleep(KILL_POLL.toMillis());
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
    return true;
  }

  /** Whether it lives and is no zombie that waits for an init process, which containers lack. */
  private static boolean isRunning(ProcessHandle handle) {
    return handle.isAlive() && handle.info().command().isPresent();
  }

  private LaunchException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new LaunchException("interrupted while waiting for " + name, e);
  }

  private LaunchException failure(String what) {
    forgetIfEnded();
    return new LaunchException(name + " " + what + "; the end of its log:\n" + log.tail());
  }

  private void forgetIfEnded() {
    if (!process.isAlive()) {
      Reaper.forget(this);
    }
  }
}
