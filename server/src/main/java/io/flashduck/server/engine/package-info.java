/**
 * DuckDB: the read pool, the write lane's connection, statements, quoting, Arrow in and out.
 *
 * <p>May use: {@code catalog}, {@code config}, {@code error}. Threads: readers on the caller's
 * thread with a pooled connection; the write connection is confined to the apply lane. Data path:
 * SQL in, Arrow batches out, and Arrow batches in. The only package that names {@code org.duckdb}.
 * Not here: where rows come from, and which row wins.
 */
@NullMarked
package io.flashduck.server.engine;

import org.jspecify.annotations.NullMarked;
