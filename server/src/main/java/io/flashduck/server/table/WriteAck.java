package io.flashduck.server.table;

/**
 * The answer to an accepted change.
 *
 * <p>Threading: immutable.
 *
 * @param sequence the place of the change in the write queue, from 1; 0 if it changed nothing and
 *     was not written
 * @param recordCount the rows of the change
 * @param state how far the change has come
 * @param duplicate this position of this producer was accepted before: nothing was changed again,
 *     and sequence and count are those of the first time
 */
public record WriteAck(long sequence, long recordCount, AckLevel state, boolean duplicate) {}
