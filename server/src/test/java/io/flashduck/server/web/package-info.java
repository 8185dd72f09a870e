/** Tests of the HTTP server. */
@NullMarked
package io.flashduck.server.web;

import org.jspecify.annotations.NullMarked;
