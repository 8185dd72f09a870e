/**
 * The demonstration: a sample folder, and the small changes that keep coming.
 *
 * <p>May use: {@code cli.local}, {@code cli.remote}, {@code engine}. Threads: one that makes the
 * changes. Data path: generated rows to files of the sample folder, and to upserts over Flight. Not
 * here: the server.
 */
@NullMarked
package io.flashduck.server.cli.demo;

import org.jspecify.annotations.NullMarked;
