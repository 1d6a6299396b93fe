package dev.ssologout.redis;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Redis URI, {@code redis[s]://[[user]:password@]host[:port][/database]}, as the provisional IANA
 * registrations {@code redis} and {@code rediss} have it. User and password are percent-decoded.
 *
 * @param user {@code null} for Redis' default user
 * @param password {@code null} for none
 */
record RedisUri(boolean tls, String user, String password, String host, int port, int database) {
  private static final int DEFAULT_PORT = 6379;

  // Written out, because java.net.URI takes no host with an underscore, which container networks
  // have, and puts the whole text, password and all, into its errors.
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?<userinfo>[^/]*)@)?"
              + "(?<host>\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::(?<port>[0-9]{1,5}))?"
              + "(?:/(?<database>[0-9]{0,9}))?");

  /**
   * @throws IllegalArgumentException saying what is wrong, without a word of the URI
   */
  static RedisUri parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "must be redis[s]://[[user]:password@]host[:port][/database]");
    }
    boolean tls =
        switch (matcher.group("scheme").toLowerCase(java.util.Locale.ROOT)) {
          case "redis" -> false;
          case "rediss" -> true;
          default -> throw new IllegalArgumentException("the scheme must be redis or rediss");
        };
    String user = null;
    String password = null;
    String userinfo = matcher.group("userinfo");
    if (userinfo != null) {
      int colon = userinfo.indexOf(':');
      if (colon < 0) {
        throw new IllegalArgumentException(
            "give user:password, or :password for the default user, before the @");
      }
      user = colon == 0 ? null : decode(userinfo.substring(0, colon));
      password = decode(userinfo.substring(colon + 1));
      if (password.isEmpty()) {
        throw new IllegalArgumentException("the password before the @ is empty");
      }
    }
    String host = matcher.group("host");
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    int port =
        matcher.group("port") == null ? DEFAULT_PORT : Integer.parseInt(matcher.group("port"));
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("the port must be from 1 to 65535");
    }
    String database = matcher.group("database");
    return new RedisUri(
        tls,
        user,
        password,
        host,
        port,
        database == null || database.isEmpty() ? 0 : Integer.parseInt(database));
  }

  /** A text that may hold a password, as it may be shown: whatever stands before an @ is hidden. */
  static String withoutCredentials(String text) {
    int at = text.lastIndexOf('@');
    if (at < 0) {
      return text;
    }
    int slashes = text.indexOf("://");
    return (slashes >= 0 && slashes < at ? text.substring(0, slashes + 3) : "")
        + "***"
        + text.substring(at);
  }

  /** The URI without user and password. */
  @Override
  public String toString() {
    return (tls ? "rediss://" : "redis://")
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + port
        + "/"
        + database;
  }

  private static String decode(String part) {
    try {
      // URLDecoder reads a plus sign as a space, which is so in forms, not in URIs.
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "user and password must be percent-encoded; a percent sign itself is %25");
    }
  }
}
