/**
 * Who may do what: users, tokens, roles, TLS material.
 *
 * <p>May use: {@code config}, {@code error}. Threads: thread-safe, read mostly. Data path:
 * credentials to an identity, an identity and an action to yes or no. Not here: headers and
 * handshakes.
 */
@NullMarked
package io.flashduck.server.access;

import org.jspecify.annotations.NullMarked;
