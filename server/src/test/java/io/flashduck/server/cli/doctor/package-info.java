@NullMarked
package io.flashduck.server.cli.doctor;

import org.jspecify.annotations.NullMarked;
