/**
 * Flight SQL: one small handler per command family, tickets, streaming, status mapping.
 *
 * <p>May use: {@code table}, {@code engine} (reads), {@code access}, {@code catalog}, {@code
 * config}, {@code error}. Threads: gRPC threads only dispatch; work runs on an executor of its own.
 * Data path: descriptor to ticket to Arrow batches, and DoPut batches to changes. Not here: SQL
 * execution and table state.
 */
@NullMarked
package io.flashduck.server.flight;

import org.jspecify.annotations.NullMarked;
