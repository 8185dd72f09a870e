/**
 * Applied writes as Parquet: the base that stands for all writes up to a sequence, so that the
 * queue's segments can be released, and the change history behind {@code flashduck.changes('t')}.
 *
 * <p>May use: {@code queue}, {@code engine}, {@code catalog}, {@code config}, {@code error}, and
 * the packages of {@code table} that know sections, layouts and the bookkeeping. Threads: {@code
 * flashduck-fold}, and whoever asks for the history. Data path: frames of the queue to history
 * files; a snapshot of the stored tables to base files; both named by one manifest, which is
 * replaced by a rename. Not here: bringing a base back into an empty cache ({@code table.apply}).
 */
@NullMarked
package io.flashduck.server.table.fold;

import org.jspecify.annotations.NullMarked;
