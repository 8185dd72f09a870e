package io.flashduck.server.consolidate;

import java.util.Optional;

/**
 * What is known of one row group beyond its entry in the footer.
 *
 * <p>A row belongs to the last row group whose lower bound is not above it; so the ranges of a
 * file's row groups are disjoint and cover everything, and a new key has its place.
 *
 * <p>Threading: immutable.
 *
 * @param lower where its range begins; empty for the first row group
 * @param hash over its rows; empty if it was never computed
 */
record Cluster(Optional<KeyBound> lower, Optional<ContentHash> hash) {}
