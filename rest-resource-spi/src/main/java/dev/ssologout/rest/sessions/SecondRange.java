package dev.ssologout.rest.sessions;

/**
 * Seconds since the epoch, both ends included.
 *
 * @param from the first
 * @param to the last; nothing is in the range if it comes before the first
 */
record SecondRange(long from, long to) {
  /** Every time that a session's row can hold. */
  static final SecondRange ALL = new SecondRange(0, Integer.MAX_VALUE);

  boolean has(int second) {
    return second >= from && second <= to;
  }

  SecondRange and(SecondRange other) {
    return new SecondRange(Math.max(from, other.from), Math.min(to, other.to));
  }

  boolean isEmpty() {
    return from > to;
  }
}
