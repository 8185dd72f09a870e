/**
 * Arrow values as people and JSON readers see them: values, SQL-like text, JSON, type names.
 *
 * <p>May use: {@code error}. Threads: none of its own. Data path: one cell of an Arrow vector to a
 * Java value to text or JSON. Not here: tables, terminals, HTTP.
 */
@NullMarked
package io.flashduck.server.render;

import org.jspecify.annotations.NullMarked;
