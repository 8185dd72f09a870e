/**
 * The command line's connection to a running server: Flight SQL, with FlashDuck's actions and paths
 * where the standard leaves things open.
 *
 * <p>May use: {@code cli.output}, {@code error}, the Flight clients. Threads: the caller's; a
 * running statement may be cancelled from another. Data path: SQL text to a stream of batches,
 * batches to acknowledgements. Not here: options, printing.
 */
@NullMarked
package io.flashduck.server.cli.remote;

import org.jspecify.annotations.NullMarked;
