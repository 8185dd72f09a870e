/** Tests of the command line. */
@NullMarked
package io.flashduck.server.cli.shell;

import org.jspecify.annotations.NullMarked;
