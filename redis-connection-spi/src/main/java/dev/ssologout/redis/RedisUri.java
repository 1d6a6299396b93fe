package dev.ssologout.redis;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import redis.clients.jedis.HostAndPort;

/**
 * Where Redis is, in one text: {@code redis[s]://[[user]:password@]host[:port][/database]}, as the
 * provisional IANA registrations {@code redis} and {@code rediss} have it, or the like of it for
 * Sentinel and Cluster. User and password are percent-decoded.
 *
 * @param user {@code null} for Redis' default user
 * @param password {@code null} for none
 * @param nodes the server, the sentinels, or some of the cluster's nodes
 * @param master the name under which the sentinels know the master; {@code null} without Sentinel
 */
record RedisUri(
    Topology topology,
    boolean tls,
    String user,
    String password,
    Set<HostAndPort> nodes,
    String master,
    int database) {

  /** What stands at the other end. */
  enum Topology {
    STANDALONE("redis", 6379),
    SENTINEL("redis-sentinel", 26379),
    CLUSTER("redis-cluster", 6379);

    private final String scheme;
    private final int defaultPort;

    Topology(String scheme, int defaultPort) {
      this.scheme = scheme;
      this.defaultPort = defaultPort;
    }

    private String scheme(boolean tls) {
      return tls ? scheme.replaceFirst("redis", "rediss") : scheme;
    }
  }

  // Written out, because java.net.URI takes no host with an underscore, which container networks
  // have, and puts the whole text, password and all, into its errors.
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?<userinfo>[^/]*)@)?"
              + "(?<nodes>[^/@?#]+)(?:/(?<path>[^@?#]*))?");
  private static final Pattern NODE =
      Pattern.compile("(?<host>\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::(?<port>[0-9]{1,5}))?");
  private static final Pattern DATABASE = Pattern.compile("[0-9]{0,9}");
  private static final Pattern MASTER_AND_DATABASE =
      Pattern.compile("(?<master>[A-Za-z0-9._-]+)(?:/(?<database>[0-9]{0,9}))?");

  /**
   * @throws IllegalArgumentException saying what is wrong, without a word of the URI
   */
  static RedisUri parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "must be redis[s]://[[user]:password@]host[:port][/database] or"
              + " redis[s]-sentinel://[[user]:password@]host[:port][,host[:port]...]"
              + "/master-name[/database] or"
              + " redis[s]-cluster://[[user]:password@]host[:port][,host[:port]...]");
    }
    String scheme = matcher.group("scheme").toLowerCase(Locale.ROOT);
    for (Topology topology : Topology.values()) {
      for (boolean tls : new boolean[] {false, true}) {
        if (topology.scheme(tls).equals(scheme)) {
          return parse(topology, tls, matcher);
        }
      }
    }
    throw new IllegalArgumentException(
        "the scheme must be redis, redis-sentinel or redis-cluster, with rediss for redis where TLS"
            + " is to be used");
  }

  private static RedisUri parse(Topology topology, boolean tls, Matcher matcher) {
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
    Set<HostAndPort> nodes = nodes(topology, matcher.group("nodes"));
    String path = matcher.group("path") == null ? "" : matcher.group("path");
    if (topology == Topology.STANDALONE) {
      if (nodes.size() > 1) {
        throw new IllegalArgumentException(
            "several hosts need the scheme redis-cluster, or redis-sentinel with the master's name"
                + " after them");
      }
      if (!DATABASE.matcher(path).matches()) {
        throw new IllegalArgumentException("after the host stands the database's number");
      }
      return new RedisUri(topology, tls, user, password, nodes, null, number(path));
    }
    if (topology == Topology.CLUSTER) {
      if (!path.isEmpty()) {
        throw new IllegalArgumentException("nothing stands after the hosts of a cluster");
      }
      return new RedisUri(topology, tls, user, password, nodes, null, 0);
    }
    Matcher rest = MASTER_AND_DATABASE.matcher(path);
    if (!rest.matches()) {
      throw new IllegalArgumentException(
          "after the hosts stands /master-name, and after it may stand the database's number");
    }
    return new RedisUri(
        topology,
        tls,
        user,
        password,
        nodes,
        rest.group("master"),
        rest.group("database") == null ? 0 : number(rest.group("database")));
  }

  private static Set<HostAndPort> nodes(Topology topology, String text) {
    List<HostAndPort> nodes = new ArrayList<>();
    for (String node : text.split(",", -1)) {
      Matcher matcher = NODE.matcher(node);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "must be redis or another scheme, ://, and host[:port], with an IPv6 address in"
                + " brackets");
      }
      String host = matcher.group("host");
      if (host.startsWith("[")) {
        host = host.substring(1, host.length() - 1);
      }
      int port =
          matcher.group("port") == null
              ? topology.defaultPort
              : Integer.parseInt(matcher.group("port"));
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("the port must be from 1 to 65535");
      }
      nodes.add(new HostAndPort(host, port));
    }
    return new LinkedHashSet<>(nodes);
  }

  private static int number(String digits) {
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  /** The one server. */
  HostAndPort node() {
    return nodes.iterator().next();
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
    return topology.scheme(tls)
        + "://"
        + nodes.stream().map(RedisUri::shown).collect(Collectors.joining(","))
        + (master == null ? "" : "/" + master)
        + (topology == Topology.CLUSTER ? "" : "/" + database);
  }

  private static String shown(HostAndPort node) {
    String host = node.getHost();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + node.getPort();
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
