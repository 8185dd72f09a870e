/** Tests of the command line. */
@NullMarked
package io.flashduck.server.cli.local;

import org.jspecify.annotations.NullMarked;
