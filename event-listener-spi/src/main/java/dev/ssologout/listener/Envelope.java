package dev.ssologout.listener;

import dev.ssologout.message.SessionEnded;
import java.util.Map;

/**
 * A message on its way through the outbox, with what the relay needs beside it.
 *
 * @param message as the realm's channel will have it
 * @param markerSeconds how long the ended-marker must stand
 * @param pairwiseSubs the {@code sub} of each client, by client id, that knows the user by another
 *     than the message's
 */
record Envelope(SessionEnded message, long markerSeconds, Map<String, String> pairwiseSubs) {

  /** The user as the client knows it. */
  String subFor(String clientId) {
    return pairwiseSubs.getOrDefault(clientId, message.sub());
  }
}
