/**
 * The interactive shell: reading statements, completing names, backslash commands.
 *
 * <p>May use: {@code cli.remote}, {@code cli.output}, {@code engine.sql}, JLine. Threads: the main
 * thread; JLine's signal thread cancels the running statement. Data path: lines to statements to
 * {@code cli.remote}, results to {@code cli.output}. Not here: how to connect.
 */
@NullMarked
package io.flashduck.server.cli.shell;

import org.jspecify.annotations.NullMarked;
