package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.apply.RowsMerge.Entry;
import io.flashduck.server.table.apply.StagedReader.Part;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.change.TableAlteration;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.state.StateDraft;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Rows of several writes that can be read as one stream, and the statement that stages them.
 *
 * <p>Threading: confined to the apply lane.
 */
final class StagedRows {
  private static final String STREAM = "_fd_rows";

  private final ChangeSection.Rows first;
  private final List<TableAlteration> later;
  private final List<Part> parts = new ArrayList<>();

  /**
   * @param later the alterations that came after the rows
   */
  StagedRows(ChangeSection.Rows first, List<TableAlteration> later) {
    this.first = first;
    this.later = List.copyOf(later);
  }

  RowsKind kind() {
    return first.kind();
  }

  long oldestVersion() {
    return parts.get(0).version();
  }

  /**
   * Whether these rows go into the same stream: writes of one sender mostly have the same encoded
   * schema.
   */
  boolean takes(ChangeSection.Rows rows, List<TableAlteration> laterThanRows) {
    return later.equals(laterThanRows)
        && rows.kind() == first.kind()
        && rows.columns().equals(first.columns())
        && rows.rows().hasSameSchemaBytes(first.rows());
  }

  void add(ChangeSection.Rows rows, Entry entry) {
    parts.add(new Part(rows.rows(), entry.version(), entry.sequence(), entry.firstRow()));
  }

  long rows() {
    return parts.stream().mapToLong(part -> part.rows().rowCount()).sum();
  }

  /**
   * A query of the origin of the first and of the last appended row: all others are between them,
   * and behind every row that was there before.
   */
  static String ends(List<StagedRows> appended) {
    Part first = appended.get(0).parts.get(0);
    List<Part> lasts = appended.get(appended.size() - 1).parts;
    Part last = lasts.get(lasts.size() - 1);
    long end = last.firstRow() + last.rows().rowCount() - 1;
    return "VALUES ("
        + -first.sequence()
        + ", "
        + first.firstRow()
        + "), ("
        + -last.sequence()
        + ", "
        + end
        + ")";
  }

  /** Inserts the rows into a stage, or appended ones straight into the stored table. */
  void insert(LaneContext lane, StateDraft draft, TableLayout table, String into) {
    BufferAllocator allocator = lane.allocator();
    Schema schema = first.rows().schema(allocator);
    boolean staged = !into.equals(table.stored());
    try (StagedReader reader = new StagedReader(allocator, schema, parts);
        RegisteredStream stream = lane.connection().register(STREAM, reader, allocator)) {
      if (kind() == RowsKind.REWRITE) {
        new Origins(lane, draft, table.name()).insert(this, schema, table, into, stream.name());
      } else {
        lane.session().execute(statement(schema, table, into, staged, stream.name()));
      }
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.CORRUPT_STATE, "Rows of the write queue cannot be read: " + e.getMessage(), e);
    }
  }

  private String statement(
      Schema schema, TableLayout table, String into, boolean staged, String stream) {
    return "INSERT INTO "
        + into
        + " ("
        + table.allColumns("")
        + (staged ? ", _fd_deleted" : "")
        + ") SELECT "
        + values(schema, table)
        + "_fd_version, -_fd_sequence, _fd_row, _fd_sequence"
        + (staged ? ", " + isDeleted() : "")
        + " FROM "
        + SqlIdentifiers.quote(stream);
  }

  private String isDeleted() {
    return switch (kind()) {
      case UPSERT, APPEND -> "false";
      case DELETE -> "true";
      case MIXED, REWRITE -> "_fd_op = 1";
    };
  }

  /** The table's columns out of the stream, each with a comma behind it. */
  String values(Schema schema, TableLayout table) {
    RowValues rows =
        new RowValues(schema.getFields().stream().map(Field::getName).toList(), first.columns());
    later.forEach(rows::through);
    StringBuilder values = new StringBuilder();
    for (Column column : table.columns()) {
      boolean wanted = kind() != RowsKind.DELETE || table.isKey(column.name());
      String value = wanted ? rows.of(column.name()).orElse("NULL") : "NULL";
      values.append("CAST(").append(value);
      values.append(" AS ").append(column.type()).append("), ");
    }
    return values.toString();
  }
}
