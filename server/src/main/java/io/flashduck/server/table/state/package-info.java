/**
 * What the database knows beside the rows: tables, files, views, producers; in memory and, in the
 * same transaction as the rows, in the schema {@code _flashduck}.
 *
 * <p>May use: {@code sync}, {@code engine}, {@code catalog}, {@code error}. Threads: the apply lane
 * changes it; what it publishes is immutable. Not here: how the state comes about.
 */
@NullMarked
package io.flashduck.server.table.state;

import org.jspecify.annotations.NullMarked;
