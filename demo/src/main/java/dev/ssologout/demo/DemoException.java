package dev.ssologout.demo;

/** The demo cannot go on; the message tells the user why and what to do. */
final class DemoException extends RuntimeException {

  DemoException(String message) {
    super(message);
  }
}
