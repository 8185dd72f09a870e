/**
 * The wiring: builds the parts, starts them in order, stops them in reverse; and {@code main}.
 *
 * <p>May use: all. Threads: the main thread and the shutdown hook. Data path: none of its own. Not
 * here: any decision that a component can make by itself.
 */
@NullMarked
package io.flashduck.server.app;

import org.jspecify.annotations.NullMarked;
