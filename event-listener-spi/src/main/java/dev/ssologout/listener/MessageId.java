package dev.ssologout.listener;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * The id of the message about one end of a session: the same from whichever witness and at every
 * repeat, and another one should Keycloak ever give a sid again, which the session's start tells.
 */
final class MessageId {
  private MessageId() {}

  /**
   * A name-based UUID of version 8 with SHA-256 (RFC 9562 section 5.8 and appendix B.2).
   *
   * @param started when the session started, in seconds since the epoch
   */
  static String of(String realmId, String sid, boolean offline, int started) {
    String name = realmId + '\n' + sid + '\n' + offline + '\n' + started;
    ByteBuffer hash = ByteBuffer.wrap(sha256(name.getBytes(StandardCharsets.UTF_8)));
    long high = hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL | 0x8000L;
    long low = hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
