package io.flashduck.server.flight;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.duckdb.DuckDBResultSet;

/** Writes the rows of a query, or a text, as a source file of the format that its name says. */
final class DataFiles {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

  private final Path folder;

  DataFiles(Path folder) {
    this.folder = folder;
  }

  /** Rows as Parquet, CSV, TSV, JSON, NDJSON or Arrow's file format. */
  Path write(String name, String query) {
    if (name.endsWith(".arrow")) {
      return arrow(name, query, true, CodecType.NO_COMPRESSION);
    }
    String options =
        switch (name.substring(name.lastIndexOf('.'))) {
          case ".parquet" -> "FORMAT parquet";
          case ".csv" -> "FORMAT csv, HEADER";
          case ".tsv" -> "FORMAT csv, HEADER, DELIMITER chr(9)";
          case ".json" -> "FORMAT json, ARRAY true";
          default -> "FORMAT json";
        };
    return copy(name, query, options);
  }

  /** Rows as DuckDB's COPY writes them with those options. */
  Path copy(String name, String query, String options) {
    Path file = place(name);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      String target = file.toString().replace("'", "''");
      statement.execute("COPY (" + query + ") TO '" + target + "' (" + options + ")");
    } catch (SQLException e) {
      throw new AssertionError(name, e);
    }
    return old(file);
  }

  Path text(String name, String... lines) {
    return bytes(
        name, (String.join("\n", lines) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  Path bytes(String name, byte[] content) {
    try {
      return old(Files.write(place(name), content));
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
  }

  /** Rows as an Arrow IPC file or stream, in batches of two rows. */
  Path arrow(String name, String query, boolean file, CodecType codec) {
    Path path = place(name);
    try (BufferAllocator allocator = new RootAllocator();
        Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery(query);
        ArrowReader reader = (ArrowReader) result.arrowExportStream(allocator, 2);
        OutputStream out = Files.newOutputStream(path)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      CompressionCodec.Factory factory =
          codec == CodecType.NO_COMPRESSION
              ? NoCompressionCodec.Factory.INSTANCE
              : CommonsCompressionFactory.INSTANCE;
      try (ArrowWriter writer =
          file
              ? new ArrowFileWriter(
                  root, reader, Channels.newChannel(out), null, IpcOption.DEFAULT, factory, codec)
              : new ArrowStreamWriter(
                  root, reader, Channels.newChannel(out), IpcOption.DEFAULT, factory, codec)) {
        reader.loadNextBatch(); // dictionaries are known with the first batch
        writer.start();
        do {
          writer.writeBatch();
        } while (reader.loadNextBatch());
        writer.end();
      }
    } catch (SQLException | IOException e) {
      throw new AssertionError(name, e);
    }
    return old(path);
  }

  private Path place(String name) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      return file;
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
  }

  private static Path old(Path file) {
    try {
      return Files.setLastModifiedTime(file, FileTime.from(OLD));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
