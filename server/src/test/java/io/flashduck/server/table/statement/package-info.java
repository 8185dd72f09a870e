@NullMarked
package io.flashduck.server.table.statement;

import org.jspecify.annotations.NullMarked;
