package dev.ssologout.rest.sessions;

import dev.ssologout.rest.QueryParameters;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * A place between two sessions, from which to go on. It is opaque to callers and good only for the
 * question that it came from.
 *
 * @param run the number of the {@linkplain SessionSearch run} that the session before came from
 * @param second the time by which that session is sorted
 * @param sid that session's
 */
record Cursor(int run, int second, String sid) {
  private static final int DIGEST_BYTES = 8;

  /**
   * @param question what the listing was asked for, without the cursor
   */
  String encode(Object... question) {
    byte[] id = sid.getBytes(StandardCharsets.UTF_8);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(
            ByteBuffer.allocate(DIGEST_BYTES + 1 + Integer.BYTES + id.length)
                .put(digest(question))
                .put((byte) run)
                .putInt(second)
                .put(id)
                .array());
  }

  /**
   * @throws dev.ssologout.rest.ProblemException 400 if it is no cursor, or one of another question
   */
  static Cursor decode(String text, int runs, Object... question) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      byte[] digest = new byte[DIGEST_BYTES];
      bytes.get(digest);
      int run = bytes.get();
      int second = bytes.getInt();
      byte[] sid = new byte[bytes.remaining()];
      bytes.get(sid);
      if (Arrays.equals(digest, digest(question)) && run >= 0 && run < runs && sid.length > 0) {
        return new Cursor(run, second, new String(sid, StandardCharsets.UTF_8));
      }
    } catch (IllegalArgumentException | java.nio.BufferUnderflowException e) {
      // Told below.
    }
    throw QueryParameters.invalid(
        "cursor", "is the value of next in an answer to the same question");
  }

  private static byte[] digest(Object... question) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(Arrays.deepToString(question).getBytes(StandardCharsets.UTF_8));
      return Arrays.copyOf(digest, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
