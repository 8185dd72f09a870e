/**
 * Changes as the write queue stores them: sections, their encoding, and what they make of a table's
 * definition.
 *
 * <p>May use: {@code catalog}, {@code error}. Threads: immutable values. Not here: checking a
 * client's rows, and applying them.
 */
@NullMarked
package io.flashduck.server.table.change;

import org.jspecify.annotations.NullMarked;
