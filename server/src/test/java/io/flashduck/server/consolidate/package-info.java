/**
 * Tests of the consolidated files: real DuckDB, real files, faults injected into file operations.
 */
@NullMarked
package io.flashduck.server.consolidate;

import org.jspecify.annotations.NullMarked;
