/**
 * FlashDuck inside another program: the same tables, without a network.
 *
 * <p>May use: {@code server.table}, {@code server.engine}, {@code server.catalog}, {@code
 * server.config}, {@code server.error}. Threads: the caller's, and those of the database. Not here:
 * Flight, HTTP, users.
 */
@NullMarked
package io.flashduck;

import org.jspecify.annotations.NullMarked;
