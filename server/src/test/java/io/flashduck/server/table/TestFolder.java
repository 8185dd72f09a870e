package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.queue.FileLayer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;
import org.jspecify.annotations.Nullable;

/** A data folder with a database over it, and a DuckDB of its own to write files and rows with. */
final class TestFolder implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long MAX_BYTES = 1L << 28;

  final Path dir;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final BufferAllocator allocator = new RootAllocator();
  private final DuckDBConnection scratch;
  private Consumer<String> watcher = line -> {};
  private Surroundings around = Surroundings.real();
  private @Nullable Database database;

  TestFolder(Path dir) {
    this.dir = dir;
    settings.put("data.dir", dir.toString());
    settings.put("data.settle", "0ms");
    settings.put("data.watch", "off");
    settings.put("data.scan-interval", "1h");
    settings.put("export.policy", "off");
    settings.put("engine.threads", "2");
    settings.put("engine.memory-limit", "1GiB");
    try {
      scratch = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:");
      sql("SET TimeZone = 'UTC'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  TestFolder with(String key, String value) {
    settings.put(key, value);
    return this;
  }

  /** Has the reading of files told to {@code newWatcher}, from the next start on. */
  TestFolder watch(Consumer<String> newWatcher) {
    watcher = newWatcher;
    return this;
  }

  /** Has the files of queue and folds changed through {@code newFiles}, from the next start on. */
  TestFolder files(FileLayer newFiles) {
    return in(around.with(newFiles));
  }

  /** Puts other surroundings around the database, from the next start on. */
  TestFolder in(Surroundings newSurroundings) {
    around = newSurroundings;
    return this;
  }

  Database open() {
    Database opened = DatabaseOpening.open(ServerConfig.of(settings), allocator, watcher, around);
    database = opened;
    return opened;
  }

  Database db() {
    Database open = database;
    return open == null ? open() : open;
  }

  void stop() {
    Database open = database;
    database = null;
    if (open != null) {
      open.close();
    }
  }

  void restart() {
    stop();
    open();
  }

  /** Deletes the cache; to be called while stopped. */
  void deleteCache() {
    try {
      Files.deleteIfExists(dir.resolve(".flashduck/cache.duckdb"));
      Files.deleteIfExists(dir.resolve(".flashduck/cache.duckdb.wal"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until everything is applied. */
  TestFolder quiet() {
    try {
      assertThat(db().awaitQuiet(LIMIT)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return this;
  }

  /** Runs SQL in the DuckDB beside the server. */
  void sql(String sql) {
    try (Statement statement = ((Connection) scratch).createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The rows of a query in the DuckDB beside the server, each as text with bars in between. */
  List<String> scratchRows(String query) {
    try (Statement statement = ((Connection) scratch).createStatement();
        ResultSet result = statement.executeQuery(query)) {
      List<String> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(bars(result));
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  private static String bars(ResultSet row) throws SQLException {
    List<String> values = new ArrayList<>();
    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
      values.add(String.valueOf(row.getString(i)));
    }
    return String.join("|", values);
  }

  /** Writes a Parquet file with the rows of a query, atomically. */
  Path parquet(String name, String query) {
    return written(name, temp -> sql("COPY (" + query + ") TO '" + temp + "' (FORMAT parquet)"));
  }

  /** Writes a text file, atomically. */
  Path text(String name, String... lines) {
    return written(name, temp -> Files.writeString(temp, String.join("\n", lines) + "\n"));
  }

  private interface Writing {
    void to(Path temp) throws IOException;
  }

  private Path written(String name, Writing writing) {
    try {
      Path file = dir.resolve(name);
      Files.createDirectories(file.getParent());
      Path temp = file.resolveSibling("." + file.getFileName() + ".tmp");
      writing.to(temp);
      return Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void modified(Path file, Instant time) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(time));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void delete(String name) {
    try {
      Files.delete(dir.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void rename(String from, String to) {
    try {
      Files.move(dir.resolve(from), dir.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows of a query against the database, each as text with bars between the values. */
  List<String> rows(String query) {
    try (EngineConnection connection = db().engine().openInternal()) {
      return connection.query(query, TestFolder::bars);
    }
  }

  /** Rows of a query, in Arrow form. */
  ArrowRows arrow(String query) {
    try (Statement statement = ((Connection) scratch).createStatement();
        DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery(query);
        ArrowReader reader = (ArrowReader) result.arrowExportStream(allocator, 10_000)) {
      return ArrowRows.readAll(reader, MAX_BYTES);
    } catch (SQLException | IOException e) {
      throw new IllegalStateException(query, e);
    }
  }

  WriteAck upsert(String table, String query) {
    return write(ChangeKind.UPSERT, table, query);
  }

  WriteAck delete(String table, String query) {
    return write(ChangeKind.DELETE, table, query);
  }

  WriteAck append(String table, String query) {
    return write(ChangeKind.APPEND, table, query);
  }

  WriteAck write(ChangeKind kind, String table, String query) {
    return submit(Change.of(kind, name(table), arrow(query)), WriteOptions.at(AckLevel.APPLIED));
  }

  WriteAck submit(Change change, WriteOptions options) {
    try {
      return db().submit(change, options).orTimeout(60, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw LocalDatabase.cause(e);
    }
  }

  SqlResult run(String sql) {
    return run(SqlUpdate.of(sql));
  }

  SqlResult run(SqlUpdate update) {
    try {
      return db().execute(update, WriteOptions.at(AckLevel.APPLIED))
          .orTimeout(60, TimeUnit.SECONDS)
          .join();
    } catch (CompletionException e) {
      throw LocalDatabase.cause(e);
    }
  }

  static TableName name(String table) {
    int dot = table.indexOf('.');
    return dot < 0
        ? TableName.ofMain(table)
        : new TableName(table.substring(0, dot), table.substring(dot + 1));
  }

  BufferAllocator allocator() {
    return allocator;
  }

  @Override
  public void close() {
    stop();
    try {
      scratch.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    allocator.close();
  }
}
