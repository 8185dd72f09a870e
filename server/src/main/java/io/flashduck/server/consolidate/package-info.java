/**
 * One clean Parquet file per table: emission, footer manifest, verification.
 *
 * <p>May use: {@code engine}, {@code catalog}, {@code config}, {@code error}. Threads: one lane.
 * Data path: a published table version to a temporary file, synced, renamed, its folder synced. Not
 * here: when to emit; {@code table} decides.
 */
@NullMarked
package io.flashduck.server.consolidate;

import org.jspecify.annotations.NullMarked;
