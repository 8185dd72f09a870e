/** Small complete programs, one per way to talk to FlashDuck from Java. */
@NullMarked
package io.flashduck.examples;

import org.jspecify.annotations.NullMarked;
