/** Tests of the durable write queue. */
@NullMarked
package io.flashduck.server.queue;

import org.jspecify.annotations.NullMarked;
