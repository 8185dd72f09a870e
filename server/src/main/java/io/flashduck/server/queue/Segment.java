package io.flashduck.server.queue;

import java.nio.file.Path;

/**
 * A segment file up to its last durable frame.
 *
 * <p>Threading: immutable.
 *
 * @param end offset behind the last durable frame
 */
record Segment(Path path, long firstSequence, long end) {}
