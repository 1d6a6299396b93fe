package dev.ssologout.listener;

import dev.ssologout.message.Initiator;
import dev.ssologout.message.Reason;

/** Why a session ends and who ends it. */
record Cause(Reason reason, Initiator initiator) {
  static final Cause UNKNOWN = new Cause(Reason.UNKNOWN, Initiator.SYSTEM);
  static final Cause LOGOUT = new Cause(Reason.LOGOUT, Initiator.USER);
  static final Cause ACCOUNT_LOGOUT = new Cause(Reason.ACCOUNT_LOGOUT, Initiator.USER);
  static final Cause ADMIN_LOGOUT = new Cause(Reason.ADMIN_LOGOUT, Initiator.ADMIN);
  static final Cause LOGOUT_ALL = new Cause(Reason.LOGOUT_ALL, Initiator.ADMIN);
  static final Cause EXPIRED = new Cause(Reason.EXPIRED, Initiator.POLICY);
  static final Cause TOKEN_REVOKED = new Cause(Reason.TOKEN_REVOKED, Initiator.USER);
  static final Cause CREDENTIAL_CHANGED = new Cause(Reason.CREDENTIAL_CHANGED, Initiator.USER);
  static final Cause SESSION_LIMIT = new Cause(Reason.SESSION_LIMIT, Initiator.POLICY);
  static final Cause IDP_LOGOUT = new Cause(Reason.IDP_LOGOUT, Initiator.SYSTEM);
  static final Cause REPLACED = new Cause(Reason.REPLACED, Initiator.USER);
  static final Cause REALM_REMOVED = new Cause(Reason.REALM_REMOVED, Initiator.ADMIN);
  static final Cause REMEMBER_ME_OFF = new Cause(Reason.REMEMBER_ME_OFF, Initiator.POLICY);

  static Cause userRemoved(Initiator initiator) {
    return new Cause(Reason.USER_REMOVED, initiator);
  }

  /** The same reason, brought about by somebody else. */
  Cause by(Initiator other) {
    return new Cause(reason, other);
  }
}
