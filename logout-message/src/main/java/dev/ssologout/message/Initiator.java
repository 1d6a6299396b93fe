package dev.ssologout.message;

import java.util.Locale;

/**
 * Who brought the end about, in the words of the {@code initiating_entity} claim of OpenID CAEP 1.0
 * section 2. On the wire it is the name in lower case.
 */
public enum Initiator {
  /** The user whose session it was. */
  USER,
  /** An administrator. */
  ADMIN,
  /** A rule, such as a time limit or a limit on parallel sessions. */
  POLICY,
  /** The system itself; also a value that this version does not know. */
  SYSTEM;

  /** The name as it stands in a message, for example {@code admin}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The initiator of that name; {@link #SYSTEM} for one that this version does not know. */
  public static Initiator ofWireName(String wireName) {
    for (Initiator initiator : values()) {
      if (initiator.wireName().equals(wireName)) {
        return initiator;
      }
    }
    return SYSTEM;
  }
}
