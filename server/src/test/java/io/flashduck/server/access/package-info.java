/** Tests of who may do what. */
@NullMarked
package io.flashduck.server.access;

import org.jspecify.annotations.NullMarked;
