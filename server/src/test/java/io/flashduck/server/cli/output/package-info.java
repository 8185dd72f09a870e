/** Tests of the output formats. */
@NullMarked
package io.flashduck.server.cli.output;

import org.jspecify.annotations.NullMarked;
