@NullMarked
package io.flashduck.server.engine.sql;

import org.jspecify.annotations.NullMarked;
