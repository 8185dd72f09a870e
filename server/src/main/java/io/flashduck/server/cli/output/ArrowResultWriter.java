package io.flashduck.server.cli.output;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;

/**
 * Arrow IPC, stream or file format, without compression.
 *
 * <p>Threading: confined to the caller.
 */
public final class ArrowResultWriter implements ResultWriter {
  private final OutputStream out;
  private final boolean file;

  /**
   * @param file the file format (with a footer) instead of the stream format
   */
  public ArrowResultWriter(OutputStream out, boolean file) {
    this.out = out;
    this.file = file;
  }

  @Override
  public Written write(RowStream rows) throws IOException {
    long written = 0;
    WritableByteChannel channel = Channels.newChannel(new Unclosed(out));
    VectorSchemaRoot root = rows.root();
    try (ArrowWriter writer =
        file
            ? new ArrowFileWriter(root, null, channel)
            : new ArrowStreamWriter(root, null, channel)) {
      writer.start();
      while (rows.next()) {
        writer.writeBatch();
        written += root.getRowCount();
      }
      writer.end();
    }
    out.flush();
    return new Written(written, true);
  }

  /** Keeps the writer from closing standard output. */
  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
