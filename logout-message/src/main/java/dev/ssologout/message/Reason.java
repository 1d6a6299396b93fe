package dev.ssologout.message;

import java.util.Locale;

/** Why a session ended. On the wire it is the name in lower case. */
public enum Reason {
  /** The user signed out at an app or at Keycloak. */
  LOGOUT,
  /** The user ended the session from an account page. */
  ACCOUNT_LOGOUT,
  /** An administrator ended this session, or all sessions of this user. */
  ADMIN_LOGOUT,
  /** An administrator signed out every session of the realm. */
  LOGOUT_ALL,
  /** The session was idle too long or reached its maximum age. */
  EXPIRED,
  /** The last token that held the session was revoked. */
  TOKEN_REVOKED,
  /** The user changed a credential and chose to be signed out elsewhere. */
  CREDENTIAL_CHANGED,
  /** A limit on parallel sessions ended the oldest one. */
  SESSION_LIMIT,
  /** The user's account was removed. */
  USER_REMOVED,
  /** The identity provider that the user came from signed the user out, or was removed. */
  IDP_LOGOUT,
  /** A new login took the place of the session. */
  REPLACED,
  /** The realm was removed. */
  REALM_REMOVED,
  /** The realm no longer allows remembered sessions. */
  REMEMBER_ME_OFF,
  /** The session ended and nothing said why; also a reason that this version does not know. */
  UNKNOWN;

  /** The name as it stands in a message, for example {@code admin_logout}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The reason of that name; {@link #UNKNOWN} for one that this version does not know. */
  public static Reason ofWireName(String wireName) {
    for (Reason reason : values()) {
      if (reason.wireName().equals(wireName)) {
        return reason;
      }
    }
    return UNKNOWN;
  }
}
