package io.flashduck.server.config;

/**
 * What the network offers and to whom.
 *
 * <p>Threading: immutable.
 *
 * @param network addresses and transport security
 * @param access users, passwords and tokens
 */
public record ServiceConfig(NetworkConfig network, AccessConfig access) {}
