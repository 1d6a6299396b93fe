package dev.ssologout.rest;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.keycloak.models.KeycloakSession;

/**
 * Where a request comes from, as Keycloak sees it: behind a proxy, what {@code --proxy-headers}
 * makes of it.
 */
public final class ClientAddress {
  private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F:.]+");
  private static final int SUBSCRIBER_BYTES = 8;

  private ClientAddress() {}

  public static String of(KeycloakSession session) {
    return session.getContext().getConnection().getRemoteHost();
  }

  /**
   * What requests are counted by: an IPv4 address, or the 64 bits of an IPv6 address that belong to
   * one subscriber, who has all the addresses within.
   */
  public static String network(KeycloakSession session) {
    return network(of(session));
  }

  static String network(String address) {
    // Anything else would be looked up in the DNS.
    if (address == null || !LITERAL.matcher(address).matches()) {
      return String.valueOf(address);
    }
    try {
      InetAddress parsed = InetAddress.getByName(address);
      if (parsed instanceof Inet6Address) {
        byte[] bytes = parsed.getAddress();
        Arrays.fill(bytes, SUBSCRIBER_BYTES, bytes.length, (byte) 0);
        return InetAddress.getByAddress(bytes).getHostAddress() + "/64";
      }
      return parsed.getHostAddress();
    } catch (UnknownHostException e) {
      return address;
    }
  }
}
