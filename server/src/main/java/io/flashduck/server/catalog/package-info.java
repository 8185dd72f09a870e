/**
 * Table names, definitions, keys and versions: pure values and functions.
 *
 * <p>May use: {@code error}. Threads: immutable values. Data path: built from the source manifest
 * and the accepted DDL, read by everything above. Not here: I/O of any kind.
 */
@NullMarked
package io.flashduck.server.catalog;

import org.jspecify.annotations.NullMarked;
