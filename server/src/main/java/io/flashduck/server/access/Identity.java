package io.flashduck.server.access;

/**
 * What a token or cookie proves: who calls, and in which session.
 *
 * <p>Threading: immutable.
 *
 * @param principal the caller, with the role that the password file gives now
 * @param session the unguessable id of the session that the token or cookie was issued for
 */
public record Identity(Principal principal, String session) {}
