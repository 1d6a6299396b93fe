package dev.ssologout.message;

import java.util.regex.Pattern;

/**
 * The names of the Redis keys and channels. A stream and the pub/sub channel beside it have the
 * same name.
 *
 * <p>The realm stands in literal braces, which Redis Cluster takes as a hash tag: everything of one
 * realm lies in one slot, so that one script can write it at once. Braces and percent signs within
 * a realm's name are percent-encoded, so that the tag holds.
 */
public final class LogoutNames {
  /** The prefix where none is configured. */
  public static final String DEFAULT_PREFIX = "sso-logout";

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,63}");

  private final String prefix;

  /**
   * @param prefix what every name begins with: 1 to 64 letters, digits, dots, underscores, colons
   *     and hyphens, the first a letter or digit
   * @throws IllegalArgumentException if it is anything else
   */
  public LogoutNames(String prefix) {
    if (prefix == null || !PREFIX.matcher(prefix).matches()) {
      throw new IllegalArgumentException(
          "a prefix has 1 to 64 letters, digits and . _ : - and begins with a letter or digit");
    }
    this.prefix = prefix;
  }

  /** Every ended session of the realm: a stream and a channel, for platform and security teams. */
  public String realm(String realm) {
    return prefix + ":{" + tag(realm) + "}";
  }

  /** The ended sessions in which the client took part: a stream and a channel. */
  public String client(String realm, String clientId) {
    return realm(realm) + ":client:" + clientId;
  }

  /**
   * The ended-marker of a session, for gateways and APIs: a string holding the time of the end in
   * seconds since the epoch. A token of this {@code sid} whose {@code iat} is not later is over.
   */
  public String ended(String realm, String sid) {
    return realm(realm) + ":ended:" + sid;
  }

  /** Guards a message's effects: exists once the message of this id has been sent. */
  public String sent(String realm, String id) {
    return realm(realm) + ":sent:" + id;
  }

  /**
   * How much of a limit is used up.
   *
   * @param limit the limit's name
   * @param subject whom it is counted for
   */
  public String limit(String realm, String limit, String subject) {
    return realm(realm) + ":limit:" + limit + ":" + subject;
  }

  private static String tag(String realm) {
    return realm.replace("%", "%25").replace("{", "%7B").replace("}", "%7D");
  }
}
