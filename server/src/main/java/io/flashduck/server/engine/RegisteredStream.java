package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import org.apache.arrow.c.ArrowArrayStream;

/**
 * An Arrow stream that one statement may read as a table; closing it removes the table and frees
 * the stream.
 *
 * <p>Threading: confined to its connection's lane.
 */
public final class RegisteredStream implements AutoCloseable {
  private final DuckSession session;
  private final String name;
  private final ArrowArrayStream stream;
  private boolean closed;

  RegisteredStream(DuckSession session, String name, ArrowArrayStream stream) {
    this.session = session;
    this.name = name;
    this.stream = stream;
  }

  /** The table's name, as registered. */
  public String name() {
    return name;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      session.update("DROP VIEW IF EXISTS temp." + SqlIdentifiers.quote(name), Parameters.NONE);
    } finally {
      if (stream.snapshot().release != 0) {
        stream.release();
      }
      stream.close();
    }
  }
}
