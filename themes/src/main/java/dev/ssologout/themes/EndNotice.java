package dev.ssologout.themes;

import dev.ssologout.message.Reason;
import java.util.Locale;
import java.util.Set;

/**
 * What a person is told of the end of a session: less than there are reasons, and nothing but this
 * closed list, whatever a request says.
 */
enum EndNotice {
  EXPIRED(Reason.EXPIRED, Reason.REMEMBER_ME_OFF),
  ADMINISTRATOR(Reason.ADMIN_LOGOUT, Reason.LOGOUT_ALL, Reason.REALM_REMOVED),
  ELSEWHERE(Reason.ACCOUNT_LOGOUT),
  CREDENTIAL(Reason.CREDENTIAL_CHANGED),
  LIMIT(Reason.SESSION_LIMIT),
  REPLACED(Reason.REPLACED),
  SIGNED_OUT(Reason.LOGOUT, Reason.TOKEN_REVOKED, Reason.IDP_LOGOUT),
  UNKNOWN(Reason.USER_REMOVED, Reason.UNKNOWN);

  private final Set<Reason> reasons;

  EndNotice(Reason... reasons) {
    this.reasons = Set.of(reasons);
  }

  static EndNotice of(Reason reason) {
    for (EndNotice notice : values()) {
      if (notice.reasons.contains(reason)) {
        return notice;
      }
    }
    return UNKNOWN;
  }

  /** As it stands in the templates and in the keys of the messages. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The key of the message that says it in one line. */
  String titleKey() {
    return "sessionEnded." + key() + ".title";
  }
}
