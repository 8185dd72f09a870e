/**
 * The source folder: scanner, watcher hints, and the planner that diffs a snapshot with the
 * manifest.
 *
 * <p>May use: {@code catalog}, {@code config}, {@code error}. Threads: {@code flashduck-scan} looks
 * and decides, {@code flashduck-watch} passes on hints; the planner is a pure function. Data path:
 * folder to snapshot to a list of source changes. Not here: reading rows out of the files, and
 * remembering across restarts what was loaded.
 */
@NullMarked
package io.flashduck.server.sync;

import org.jspecify.annotations.NullMarked;
