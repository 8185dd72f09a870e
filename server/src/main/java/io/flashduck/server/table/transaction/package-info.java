/**
 * Transactions of clients: what one has written, for its own later statements, and as one change.
 *
 * <p>May use: {@code statement}, {@code merge}, {@code change}, {@code catalog}, {@code engine},
 * {@code error}. Threads: confined to whoever holds the transaction's connection; the check for
 * conflicts runs on the apply lane. Data path: sections of changes in, temporary tables on the
 * transaction's connection, one change out. Not here: when a transaction begins and ends.
 */
@NullMarked
package io.flashduck.server.table.transaction;

import org.jspecify.annotations.NullMarked;
