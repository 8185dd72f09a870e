/** Tests of the parts of the apply lane. */
@NullMarked
package io.flashduck.server.table.apply;

import org.jspecify.annotations.NullMarked;
