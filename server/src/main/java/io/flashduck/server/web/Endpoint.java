package io.flashduck.server.web;

import java.io.IOException;

/**
 * Answers the requests of one or more paths.
 *
 * <p>Threading: called by several HTTP workers at once.
 */
@FunctionalInterface
interface Endpoint {
  Response answer(Request request) throws IOException, InterruptedException;
}
