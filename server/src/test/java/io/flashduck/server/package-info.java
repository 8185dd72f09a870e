/** Tests of the server as a whole. */
@NullMarked
package io.flashduck.server;

import org.jspecify.annotations.NullMarked;
