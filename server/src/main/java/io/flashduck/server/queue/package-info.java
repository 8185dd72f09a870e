/**
 * The durable write queue: segments, frames, checksums, group commit. Bytes only.
 *
 * <p>May use: {@code catalog}, {@code config}, {@code error}. Threads: thread-safe append, one
 * syncing thread ({@code flashduck-queue}), one reader at a time per cursor. Data path: a change's
 * bytes in, its sequence out once they are on stable storage; read back in order by the apply lane
 * and by recovery. Not here: what the bytes mean, the lock on the state folder, and folding into
 * change files.
 */
@NullMarked
package io.flashduck.server.queue;

import org.jspecify.annotations.NullMarked;
