/**
 * Reading source files: what a file holds, what the files of a table have in common, and the SQL
 * that reads them.
 *
 * <p>May use: {@code sync}, {@code engine}, {@code catalog}, {@code config}, {@code error}.
 * Threads: the apply lane. Not here: which files there are, and which row wins.
 */
@NullMarked
package io.flashduck.server.table.source;

import org.jspecify.annotations.NullMarked;
