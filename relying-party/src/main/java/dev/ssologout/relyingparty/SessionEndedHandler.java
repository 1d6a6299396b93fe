package dev.ssologout.relyingparty;

import dev.ssologout.message.SessionEnded;

/**
 * What an app does when an SSO session has ended.
 *
 * <p>It is called on the subscription's thread, for one message at a time, so it must not wait
 * without limit. Messages about one {@code sid} come in the order in which they were sent. Each
 * comes once; after a crash it may come again, so ending what has ended already must do no harm.
 */
@FunctionalInterface
public interface SessionEndedHandler {

  /**
   * Ends whatever the app holds of the session.
   *
   * @throws Exception if it could not; it is then called again with growing pauses, and after the
   *     last try the message is set aside (see {@link LogoutSubscription.Builder#onSetAside})
   */
  void sessionEnded(SessionEnded ended) throws Exception;
}
