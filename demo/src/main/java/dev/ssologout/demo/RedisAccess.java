package dev.ssologout.demo;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis URI from the command line, whose password is never shown. */
record RedisAccess(URI uri) {

  private static final int DEFAULT_PORT = 6379;

  /**
   * @throws IllegalArgumentException saying what a Redis URI looks like, without the text
   */
  static RedisAccess parse(String text) {
    try {
      URI uri = new URI(text);
      boolean redis = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
      if (redis && uri.getHost() != null) {
        int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
        return new RedisAccess(
            URI.create(
                uri.getScheme()
                    + "://"
                    + (uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@")
                    + uri.getHost()
                    + ":"
                    + port
                    + uri.getRawPath()));
      }
    } catch (URISyntaxException e) {
      // Its message quotes the text, password and all.
    }
    throw new IllegalArgumentException(
        "a Redis URI is redis[s]://[[user]:password@]host[:port][/database]");
  }

  /** A client that has had an answer from this Redis. */
  RedisClient connect() {
    RedisClient client = RedisClient.builder().fromURI(uri).build();
    try {
      client.ping();
      return client;
    } catch (JedisException e) {
      client.close();
      throw new DemoException("cannot use Redis at " + place() + ": " + rootMessage(e));
    }
  }

  /** The URI for an option of Keycloak, which takes a dollar sign for the start of a variable. */
  String forKeycloak() {
    return uri.toString().replace("$", "%24");
  }

  /** Host and port. */
  String place() {
    return uri.getHost() + ":" + uri.getPort();
  }

  @Override
  public String toString() {
    return place();
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root.getSuppressed().length > 0) {
      root = root.getSuppressed()[0];
    }
    if (root instanceof UnknownHostException) {
      return "unknown host";
    }
    String message = String.valueOf(root.getMessage());
    return message.startsWith("NOAUTH") ? "it asks for a password" : message;
  }
}
