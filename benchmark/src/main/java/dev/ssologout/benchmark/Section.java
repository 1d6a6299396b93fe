package dev.ssologout.benchmark;

import java.time.Duration;

/**
 * One of the things that are measured.
 *
 * @param asks the question that it answers
 * @param quick about how long it takes at small size
 * @param full about how long it takes otherwise
 */
record Section(int number, String title, String asks, Duration quick, Duration full, Body body) {

  /** Measures, and adds to the report what it has found. */
  interface Body {
    void run(Lab lab) throws Exception;
  }
}
