/**
 * Applying changes to the stored tables: files that came, changed or went, and writes of the queue.
 *
 * <p>May use: all that {@code table} may. Threads: the apply lane only, inside its transaction.
 * Data path: probed files and decoded writes to a stage, merged, with the bookkeeping of the same
 * transaction. Not here: when to apply, and who is told.
 */
@NullMarked
package io.flashduck.server.table.apply;

import org.jspecify.annotations.NullMarked;
