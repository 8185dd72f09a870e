package io.flashduck.server.cli.remote;

import io.flashduck.server.cli.output.RowStream;
import java.util.function.Supplier;

/**
 * A query that was prepared once and is run again and again.
 *
 * <p>Threading: as its session, one run at a time.
 */
public final class PreparedQuery implements AutoCloseable {
  private final Supplier<RowStream> run;
  private final Runnable close;

  PreparedQuery(Supplier<RowStream> run, Runnable close) {
    this.run = run;
    this.close = close;
  }

  /** Runs it; the caller closes. */
  public RowStream rows() {
    return run.get();
  }

  @Override
  public void close() {
    close.run();
  }
}
