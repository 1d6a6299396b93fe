package dev.ssologout.relyingparty;

/** The issuer's keys cannot be had now, so that nothing can be said about a signature. */
final class KeysUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  KeysUnavailableException(String problem, Throwable cause) {
    super(problem, cause);
  }
}
