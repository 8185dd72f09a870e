/** Tests of the command line. */
@NullMarked
package io.flashduck.server.cli;

import org.jspecify.annotations.NullMarked;
