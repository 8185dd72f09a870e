package io.flashduck.server.web;

import java.time.Instant;

/**
 * What the page says about the server.
 *
 * <p>Threading: immutable.
 *
 * @param version the program's version
 * @param started when the server was ready
 * @param dataDir the watched folder
 * @param flightLocation where Flight SQL clients connect, such as {@code grpc://127.0.0.1:31337}
 */
public record ServerInfo(String version, Instant started, String dataDir, String flightLocation) {}
