package dev.ssologout.relyingparty;

/** The issuer's keys cannot be had now, so that nothing can be said about a signature. */
final class KeysUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean outage;

  /**
   * @param outage whether the issuer does not answer; otherwise it was asked only just now
   */
  KeysUnavailableException(String problem, Throwable cause, boolean outage) {
    super(problem, cause);
    this.outage = outage;
  }

  boolean isOutage() {
    return outage;
  }
}
