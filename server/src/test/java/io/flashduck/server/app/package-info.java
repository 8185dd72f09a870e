/** Tests of the whole server, end to end. */
@NullMarked
package io.flashduck.server.app;

import org.jspecify.annotations.NullMarked;
