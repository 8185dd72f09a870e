/** Tests of the measurements. */
@NullMarked
package io.flashduck.server.cli.bench;

import org.jspecify.annotations.NullMarked;
