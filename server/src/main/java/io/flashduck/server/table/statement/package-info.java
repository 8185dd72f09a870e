/**
 * Changing SQL statements as rows: what a statement would change is selected, captured and logged.
 *
 * <p>May use: {@code engine.sql}, {@code merge}, {@code change}, {@code catalog}, {@code error}.
 * Threads: stateless text, run on the apply lane. Data path: clauses in, one SELECT out whose rows
 * are captured in a temporary table, checked, logged and answered. Not here: how the rows win,
 * which is {@code merge}'s.
 */
@NullMarked
package io.flashduck.server.table.statement;

import org.jspecify.annotations.NullMarked;
