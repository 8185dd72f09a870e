/**
 * Files on the side of the command line: reading what is to be sent, writing Parquet.
 *
 * <p>May use: {@code engine}, {@code cli.output}, {@code error}. Threads: the caller's. Data path:
 * a file through an own DuckDB instance to Arrow batches, and back. Not here: the server's folder.
 */
@NullMarked
package io.flashduck.server.cli.local;

import org.jspecify.annotations.NullMarked;
