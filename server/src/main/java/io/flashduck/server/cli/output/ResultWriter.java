package io.flashduck.server.cli.output;

import java.io.IOException;

/**
 * Writes a whole result in one format.
 *
 * <p>Threading: the caller's thread; one result per call.
 */
public interface ResultWriter {
  /**
   * Reads the stream to its end and writes it.
   *
   * @param rows borrowed, not closed
   * @return what was written
   */
  Written write(RowStream rows) throws IOException;

  /**
   * What a writer did.
   *
   * @param rows rows written
   * @param complete false if a row limit cut the result off
   */
  record Written(long rows, boolean complete) {}
}
