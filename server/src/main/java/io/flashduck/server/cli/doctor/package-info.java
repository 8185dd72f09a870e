/**
 * Why a client does not connect: looks at a server's address step by step, tries the clients that
 * can be tried, and says in words what is wrong.
 *
 * <p>May use: {@code cli.remote}, the Flight clients. Threads: the caller's, and one per step that
 * could hang. Data path: an address and credentials to findings. Not here: options, printing.
 */
@NullMarked
package io.flashduck.server.cli.doctor;

import org.jspecify.annotations.NullMarked;
