/**
 * The command line: commands, options, exit codes, the interactive shell.
 *
 * <p>May use: all packages except {@code app}, which starts it; what a command needs from the
 * wiring (to start a server) is handed in by {@code app}. Threads: the main thread. Data path:
 * arguments to a server start, or to calls over Flight SQL. Not here: server logic.
 */
@NullMarked
package io.flashduck.server.cli;

import org.jspecify.annotations.NullMarked;
