package io.flashduck.server.cli.local;

import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The rows of a Parquet, CSV or JSON file, read by an own DuckDB instance.
 *
 * <p>Threading: one reader; {@link #cancel()} from any thread.
 */
public final class LocalFile implements RowStream {
  private final LocalEngine local;
  private final EngineConnection connection;
  private final ArrowResult result;

  private LocalFile(LocalEngine local, EngineConnection connection, ArrowResult result) {
    this.local = local;
    this.connection = connection;
    this.result = result;
  }

  /**
   * Opens a file.
   *
   * @param batchRows the most rows of a batch
   * @throws FlashDuckException NOT_FOUND; INVALID_REQUEST if its name says no format, or its
   *     content is not of that format
   */
  public static RowStream open(Path file, int batchRows, BufferAllocator allocator) {
    if (!Files.isRegularFile(file)) {
      throw new FlashDuckException(ErrorCode.NOT_FOUND, "There is no file " + file + ".");
    }
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".arrow") || name.endsWith(".feather") || name.endsWith(".arrows")) {
      return ArrowFileRows.open(file, allocator);
    }
    Path real = file.toAbsolutePath();
    LocalEngine local = LocalEngine.open(List.of(real.getParent()));
    try {
      EngineConnection connection = local.engine().openInternal();
      String sql = "SELECT * FROM " + reader(name, file) + "(" + literal(real) + ")";
      return new LocalFile(
          local, connection, connection.arrow(sql, Parameters.NONE, allocator, batchRows));
    } catch (RuntimeException e) {
      local.close();
      throw e;
    }
  }

  private static String literal(Path file) {
    return SqlIdentifiers.literal(file.toString());
  }

  private static String reader(String name, Path file) {
    String plain = name.endsWith(".gz") || name.endsWith(".zst") ? stripped(name) : name;
    String ending = plain.substring(plain.lastIndexOf('.') + 1);
    return switch (ending) {
      case "parquet" -> "read_parquet";
      case "csv", "tsv" -> "read_csv";
      case "json", "ndjson", "jsonl" -> "read_json";
      default ->
          throw new FlashDuckException(
              ErrorCode.INVALID_REQUEST,
              "The name of "
                  + file
                  + " says no format; name it .parquet, .csv, .tsv, .json, .ndjson or .arrow.");
    };
  }

  private static String stripped(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }

  @Override
  public Schema schema() {
    return result.schema();
  }

  @Override
  public boolean next() {
    return result.loadNext();
  }

  @Override
  public VectorSchemaRoot root() {
    return result.root();
  }

  @Override
  public void cancel() {
    result.cancel(new FlashDuckException(ErrorCode.CANCELLED, "Cancelled"));
  }

  @Override
  public void close() {
    try {
      result.close();
      connection.close();
    } finally {
      local.close();
    }
  }
}
