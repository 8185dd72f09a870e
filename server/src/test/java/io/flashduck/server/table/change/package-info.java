/** Tests of changes as the write queue stores them. */
@NullMarked
package io.flashduck.server.table.change;

import org.jspecify.annotations.NullMarked;
