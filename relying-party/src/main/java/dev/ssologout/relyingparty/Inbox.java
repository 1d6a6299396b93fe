package dev.ssologout.relyingparty;

import java.util.List;

/**
 * Where unread messages come from. Each method throws {@link
 * redis.clients.jedis.exceptions.JedisException} when Redis does not answer, and can then be called
 * again. For one thread.
 */
interface Inbox {
  /** The most entries that are read at once. */
  int BATCH = 100;

  /** Unread entries, the oldest first; none if there are none now. */
  List<Received> next();

  /** The entry is settled, and does not come again. */
  void done(Received entry);

  /** Says that what is not settled is not forgotten either; call it now and then in a long work. */
  void hold();

  /** Entries of the stream, before this one, that say the same or carry the same logout token. */
  List<Received> earlier(Received entry);

  /** Leaves, with whatever is not settled left to come again. */
  void close();
}
