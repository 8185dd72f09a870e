package io.flashduck.server.cli.bench;

import io.flashduck.server.cli.remote.RemoteSettings;

/**
 * A server under test.
 *
 * <p>Threading: immutable.
 *
 * @param name in the report
 * @param settings how to reach it
 */
public record Contender(String name, RemoteSettings settings) {}
