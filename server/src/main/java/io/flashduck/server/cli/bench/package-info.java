/**
 * Measurements of running Flight SQL servers, one or two in turn, and of writes into FlashDuck and
 * a JDBC peer.
 *
 * <p>May use: {@code cli.remote}, {@code cli.output}. Threads: one per connection. Data path: SQL
 * to streams of batches, which are counted and dropped. Not here: options, printing, measurements
 * without a server.
 */
@NullMarked
package io.flashduck.server.cli.bench;

import org.jspecify.annotations.NullMarked;
