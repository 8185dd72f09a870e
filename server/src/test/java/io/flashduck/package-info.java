/** Tests of FlashDuck inside a program. */
@NullMarked
package io.flashduck;

import org.jspecify.annotations.NullMarked;
