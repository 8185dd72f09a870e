/** Tests of the command line. */
@NullMarked
package io.flashduck.server.cli.demo;

import org.jspecify.annotations.NullMarked;
