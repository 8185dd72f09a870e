/**
 * The merge of contributions into visible rows, as SQL: layouts of the stored tables, the rule of
 * which row wins, and the statements that keep it incrementally.
 *
 * <p>May use: {@code engine}, {@code catalog}, {@code error}. Threads: all of it runs on the apply
 * lane, inside its transaction. Not here: where rows come from.
 */
@NullMarked
package io.flashduck.server.table.merge;

import org.jspecify.annotations.NullMarked;
