/**
 * One clean Parquet file per table: emission, footer, {@code latest.json}, verification.
 *
 * <p>May use: {@code engine}, {@code catalog}, {@code config}, {@code error}. Threads: {@code
 * flashduck-export} emits; {@code verify} runs on its caller's thread. Data path: a snapshot of the
 * stored table, copied by DuckDB to a temporary file, its footer rewritten, synced, renamed, its
 * folder synced. Not here: what is committed and when, and how rows are merged; {@code table} does
 * that and tells what its snapshots mean through {@link
 * io.flashduck.server.consolidate.TableStorage}.
 */
@NullMarked
package io.flashduck.server.consolidate;

import org.jspecify.annotations.NullMarked;
