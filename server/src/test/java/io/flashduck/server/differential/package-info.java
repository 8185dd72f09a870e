/** Proof by comparison: the same statements on a server, through JDBC, and on DuckDB alone. */
@NullMarked
package io.flashduck.server.differential;

import org.jspecify.annotations.NullMarked;
