/**
 * The one exception type and the one code enum of the whole server.
 *
 * <p>May use: nothing. Threads: immutable values. Data path: raised anywhere, translated to a
 * Flight status, an HTTP status or an exit code in exactly one place each ({@code flight}, {@code
 * web}, {@code cli}). Not here: those translations.
 */
@NullMarked
package io.flashduck.server.error;

import org.jspecify.annotations.NullMarked;
