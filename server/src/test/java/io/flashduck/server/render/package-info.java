/** Tests of rendering. */
@NullMarked
package io.flashduck.server.render;

import org.jspecify.annotations.NullMarked;
