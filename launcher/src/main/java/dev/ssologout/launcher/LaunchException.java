package dev.ssologout.launcher;

/** A server could not be prepared, started or reached; the message says why. */
public final class LaunchException extends RuntimeException {

  LaunchException(String message) {
    super(message);
  }

  LaunchException(String message, Throwable cause) {
    super(message, cause);
  }
}
