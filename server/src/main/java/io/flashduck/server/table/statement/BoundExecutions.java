package io.flashduck.server.table.statement;

import io.flashduck.server.engine.ArrowParameters;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.SqlStatement.Insert;
import io.flashduck.server.engine.sql.SqlToken;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The executions of a statement: one for each row of bound values, or one without any.
 *
 * <p>Threading: confined to the apply lane.
 *
 * @param rows the bound values, if any are
 */
record BoundExecutions(Optional<ArrowRows> rows) {
  private static final String STREAM = "_fd_bound_stream";
  private static final String TABLE = "temp._fd_bound";

  /** The values of each execution. */
  List<Parameters> each(BufferAllocator allocator) {
    if (rows.isEmpty()) {
      return List.of(Parameters.NONE);
    }
    List<Parameters> executions = new ArrayList<>();
    try (ArrowReader reader = rows.get().open(allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      while (reader.loadNextBatch()) {
        for (int i = 0; i < root.getRowCount(); i++) {
          executions.add(ArrowParameters.row(root, i, List.of()));
        }
      }
      return executions;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * An INSERT of one row of values, for many executions or for values that cannot be parameters, as
   * one INSERT that reads the bound rows as a table; empty if the statement is another one.
   */
  Optional<Insert> vectorised(SqlStatement.Dml statement, BufferAllocator allocator) {
    if (rows.isEmpty()
        || (rows.get().rowCount() == 1 && !isNested(rows.get().schema(allocator)))
        || rows.get().rowCount() == 0
        || !(statement instanceof Insert insert)
        || insert.with().isPresent()
        || insert.source().isEmpty()
        || insert.onConflict().map(c -> !c.update().isEmpty()).orElse(false)) {
      return Optional.empty();
    }
    return selectOf(insert.source().get())
        .map(
            source ->
                new Insert(
                    insert.with(),
                    insert.orAction(),
                    insert.target(),
                    insert.alias(),
                    insert.columns(),
                    insert.byName(),
                    Optional.of(source),
                    insert.onConflict(),
                    insert.returning()));
  }

  /** Whether a value has parts with names of their own, which the driver's parameters have not. */
  private static boolean isNested(Schema schema) {
    return schema.getFields().stream()
        .anyMatch(
            field ->
                field.getType() instanceof ArrowType.Struct
                    || field.getType() instanceof ArrowType.Map
                    || field.getType() instanceof ArrowType.Union
                    || isNested(new Schema(field.getChildren())));
  }

  /** {@code VALUES (a, $1, …)} as a query over the bound rows. */
  private static Optional<String> selectOf(String source) {
    List<SqlToken> tokens = SqlLexer.tokens(source);
    int last = tokens.size() - 1;
    if (last < 2
        || !tokens.get(0).isWord("VALUES")
        || !tokens.get(1).isSymbol("(")
        || closing(tokens, 1) != last
        || tokens.stream().anyMatch(t -> t.isWord("DEFAULT") || t.isWord("SELECT"))) {
      return Optional.empty();
    }
    String values = source.substring(tokens.get(1).end(), tokens.get(last).start());
    return Optional.of(
        "SELECT " + BoundSql.replaced(values, n -> "_fd_b.p" + n) + " FROM " + TABLE + " AS _fd_b");
  }

  private static int closing(List<SqlToken> tokens, int open) {
    int depth = 0;
    for (int i = open; i < tokens.size(); i++) {
      if (tokens.get(i).kind() == SqlToken.Kind.OPEN) {
        depth++;
      } else if (tokens.get(i).kind() == SqlToken.Kind.CLOSE && --depth == 0) {
        return i;
      }
    }
    return -1;
  }

  /** Makes the bound rows a table while something is evaluated. */
  <T> T withTable(CapturedTables tables, Supplier<T> evaluated) {
    ArrowRows bound = rows.orElseThrow();
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= bound.schema(tables.allocator()).getFields().size(); i++) {
      names.add("p" + i);
    }
    try (ArrowReader reader = bound.open(tables.allocator());
        RegisteredStream stream =
            tables.connection().register(STREAM, reader, tables.allocator())) {
      tables.execute(
          "CREATE OR REPLACE TEMP TABLE "
              + TABLE
              + " AS SELECT * FROM "
              + stream.name()
              + " AS s("
              + String.join(", ", names)
              + ")");
    } catch (IOException e) {
      throw unreadable(e);
    }
    return evaluated.get();
  }

  private static FlashDuckException unreadable(IOException e) {
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST, "The bound values cannot be read: " + e.getMessage(), e);
  }
}
