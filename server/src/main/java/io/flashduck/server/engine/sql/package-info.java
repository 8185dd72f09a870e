/**
 * SQL text: tokens, scripts, clauses of changing statements, quoting.
 *
 * <p>May use: {@code error}, {@code catalog}. Threads: stateless. Data path: a client's text in,
 * clauses out; expressions stay text. Not here: what an expression means, which DuckDB decides, and
 * how a change is planned from the clauses, which is {@code table}'s.
 */
@NullMarked
package io.flashduck.server.engine.sql;

import org.jspecify.annotations.NullMarked;
