/** TPC-H at any scale factor: its data as text, and its queries through JDBC. */
@NullMarked
package io.flashduck.examples.tpch;

import org.jspecify.annotations.NullMarked;
