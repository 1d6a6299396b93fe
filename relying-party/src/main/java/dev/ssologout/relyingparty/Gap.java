package dev.ssologout.relyingparty;

/**
 * A place in a stream before which entries may be missing that were never read: Redis was flushed,
 * a replica took over that lacked its master's last writes, or entries were trimmed before this
 * subscription came to them. Nobody can tell which sessions they were about.
 *
 * @param lastKnown the id of the last stream entry that is known from before
 * @param previous the id of the entry that stood before {@code entry} when that was added, {@code
 *     0-0} for none; equal to {@code entry} where that entry itself is what is missing
 * @param entry the id of the stream entry behind the gap
 */
public record Gap(String lastKnown, String previous, String entry) {}
