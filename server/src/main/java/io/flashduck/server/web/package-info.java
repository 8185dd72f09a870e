/**
 * HTTP: the user interface, metrics and health.
 *
 * <p>May use: {@code table}, {@code access}, {@code catalog}, {@code config}, {@code error}.
 * Threads: the HTTP server's pool. Data path: a request to a view of the tables, or a change into
 * the queue. Not here: anything of Flight.
 */
@NullMarked
package io.flashduck.server.web;

import org.jspecify.annotations.NullMarked;
