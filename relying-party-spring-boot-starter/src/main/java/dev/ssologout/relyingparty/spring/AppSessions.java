package dev.ssologout.relyingparty.spring;

import jakarta.servlet.http.HttpSession;

/** The HTTP sessions of the app by the SSO sessions that they rest on. */
interface AppSessions {

  /**
   * Notes who is signed in, unless that is noted already; called with every request.
   *
   * @param noted called after it was noted, possibly on another thread
   */
  void add(HttpSession session, SignedIn signedIn, Runnable noted);

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
