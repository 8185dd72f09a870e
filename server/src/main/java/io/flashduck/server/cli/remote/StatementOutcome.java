package io.flashduck.server.cli.remote;

import io.flashduck.server.cli.output.RowStream;

/**
 * What a statement gave.
 *
 * <p>Threading: immutable.
 */
public sealed interface StatementOutcome {
  /**
   * A result.
   *
   * @param stream its rows; the caller closes
   */
  record Rows(RowStream stream) implements StatementOutcome {}

  /**
   * A change, done.
   *
   * @param count rows changed, -1 if the server does not say
   */
  record Changed(long count) implements StatementOutcome {}
}
