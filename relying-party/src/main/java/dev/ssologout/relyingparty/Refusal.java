package dev.ssologout.relyingparty;

/** Why a message was refused. A refused message reaches no handler and does not come again. */
public enum Refusal {
  /** It is not a message of the contract, or it is about another realm. */
  MALFORMED,
  /** It carries no logout token. */
  NO_TOKEN,
  /**
   * The logout token is not one that the issuer has signed: no such key, a signature that is not
   * good, an algorithm that is not expected, or a type other than {@code logout+jwt}.
   */
  SIGNATURE,
  /** The logout token is of another issuer. */
  ISSUER,
  /** The logout token is for another client. */
  AUDIENCE,
  /** The logout token has expired, or was issued in the future. */
  TIME,
  /**
   * The logout token lacks a claim that it must have, or has one that it must not have (OpenID
   * Connect Back-Channel Logout 1.0 section 2.6).
   */
  CLAIMS,
  /** The logout token is about another session or user than the message around it. */
  MISMATCH,
  /** The logout token came before, in another message. */
  REPLAYED
}
