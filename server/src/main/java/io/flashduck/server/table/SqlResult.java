package io.flashduck.server.table;

import java.util.Optional;

/**
 * What a {@link SqlUpdate} did.
 *
 * <p>Threading: immutable.
 *
 * @param count the rows that were inserted, updated or deleted; 0 for definitions
 * @param ack where the change is in the write queue and how far it has come
 * @param returning the rows of RETURNING, if the statement has it
 */
public record SqlResult(long count, WriteAck ack, Optional<ArrowRows> returning) {}
