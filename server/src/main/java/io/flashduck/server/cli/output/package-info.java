/**
 * Results on their way out of the command line: table, CSV, JSON, newline JSON, Arrow, Parquet.
 *
 * <p>May use: {@code render}, {@code engine} (to write Parquet), {@code error}. Threads: the
 * caller's. Data path: a {@link io.flashduck.server.cli.output.RowStream}, batch by batch, to an
 * output stream; nothing is collected except the first rows of a table, which set its widths. Not
 * here: where the rows come from.
 */
@NullMarked
package io.flashduck.server.cli.output;

import org.jspecify.annotations.NullMarked;
