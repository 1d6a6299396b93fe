package dev.ssologout.relyingparty;

/** A message is not to be believed. The text is ours alone and quotes nothing of the message. */
final class RefusedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Refusal refusal;

  RefusedMessageException(Refusal refusal, String problem) {
    super(problem, null, false, false);
    this.refusal = refusal;
  }

  Refusal refusal() {
    return refusal;
  }
}
