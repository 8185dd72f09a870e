package io.flashduck.server.sync;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A folder that a scan looked into.
 *
 * <p>Threading: confined to the scan thread.
 *
 * @param realPath its path without links
 * @param links how many links lead to it
 * @param problem why it could not be listed
 * @param files by name; changes as single files are looked at again
 */
record KnownFolder(
    String realPath, int links, @Nullable RejectedPath problem, Map<String, KnownFile> files) {}
