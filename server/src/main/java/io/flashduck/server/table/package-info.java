/**
 * The one writer: joins source files and accepted writes into table versions.
 *
 * <p>May use: {@code consolidate}, {@code sync}, {@code queue}, {@code engine}, {@code catalog},
 * {@code config}, {@code error}. Threads: one apply lane changes tables; publishing a version is an
 * atomic swap. Data path: changes from the queue and from the source planner, folded, applied in
 * one transaction, published, exported, acknowledged. Not here: any wire protocol.
 */
@NullMarked
package io.flashduck.server.table;

import org.jspecify.annotations.NullMarked;
