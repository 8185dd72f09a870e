/** Tests of Flight SQL, most of them over real gRPC. */
@NullMarked
package io.flashduck.server.flight;

import org.jspecify.annotations.NullMarked;
