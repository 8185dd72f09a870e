package io.flashduck.server.table;

import java.util.Optional;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * What a {@link SqlUpdate} takes and returns, learned without executing it.
 *
 * <p>Threading: immutable.
 *
 * @param returning the schema of the rows of RETURNING, if the statement has it
 * @param parameters one field per parameter, in order
 */
public record UpdateDescription(Optional<Schema> returning, Schema parameters) {}
