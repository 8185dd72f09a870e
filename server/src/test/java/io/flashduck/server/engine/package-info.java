/** Tests of the engine with a real DuckDB. */
@NullMarked
package io.flashduck.server.engine;

import org.jspecify.annotations.NullMarked;
