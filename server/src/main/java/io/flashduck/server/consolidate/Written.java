package io.flashduck.server.consolidate;

import java.nio.file.Path;

/**
 * A finished, synced file that is not in its place yet.
 *
 * <p>Threading: immutable.
 *
 * @param part the file in the temporary folder; whoever gets this publishes or deletes it
 * @param properties what its footer says
 * @param encoded row groups that were encoded
 * @param copied row groups whose bytes were taken over
 */
record Written(Path part, FileProperties properties, int encoded, int copied) {}
