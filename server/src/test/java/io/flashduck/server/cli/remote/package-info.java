/** Tests of the command line. */
@NullMarked
package io.flashduck.server.cli.remote;

import org.jspecify.annotations.NullMarked;
