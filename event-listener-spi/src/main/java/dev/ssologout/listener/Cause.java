package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;

/** Why a session ends and who ends it. */
record Cause(Reason reason, Initiator initiator) {
  static final Cause UNKNOWN = new Cause(Reason.UNKNOWN, Initiator.SYSTEM);
}
