/**
 * What runs in the server at this moment, as rows for clients' queries.
 *
 * <p>May use: {@code error}. Threads: thread-safe throughout. Data path: parts of the server
 * register who tells what; a client's connection is handed the rows that its viewer may see just
 * before a statement that names them. Not here: what survives a restart, which is in {@code
 * table.state}.
 */
@NullMarked
package io.flashduck.server.engine.live;

import org.jspecify.annotations.NullMarked;
