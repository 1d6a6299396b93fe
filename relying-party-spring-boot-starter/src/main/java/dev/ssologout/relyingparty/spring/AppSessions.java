package dev.ssologout.relyingparty.spring;

import jakarta.servlet.http.HttpSession;

/** The HTTP sessions of the app by the SSO sessions that they rest on. */
interface AppSessions {

  /** A user has signed in. */
  void add(HttpSession session, SignedIn signedIn);

  /**
   * Ends the HTTP sessions of an SSO session.
   *
   * @param endedAt in seconds since the epoch; those who signed in later stay
   */
  void endSession(String sid, long endedAt);

  /** Ends all HTTP sessions of a user. */
  void endUser(String sub, long endedAt);

  /** An HTTP session is gone by itself. */
  void forget(String sessionId);
}
