package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.merge.MergeSql;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.source.SchemaUnion;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.StateDraft;
import io.flashduck.server.table.state.TableState;
import io.flashduck.server.table.state.ViewState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Brings what the first writes have left into an empty cache, in one transaction: afterwards it is
 * as if they had been applied and there were no files. Files and later writes come on top, as they
 * do on a cache that was there all the time.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class WritesRestore {
  private static final String PATHS = "temp._fd_paths";

  private final LaneContext lane;
  private final DatabaseState state;

  public WritesRestore(LaneContext lane, DatabaseState state) {
    this.lane = lane;
    this.state = state;
  }

  /**
   * What is restored.
   *
   * @param sequence the last of the writes
   * @param tables their tables
   * @param views the views
   * @param schemas schemas that exist also without tables
   * @param producers a query of the rows of {@code _flashduck.producers}
   * @param changes a query of the rows of {@code _flashduck.changes}
   */
  public record Base(
      long sequence,
      List<BaseTable> tables,
      List<ViewState> views,
      List<String> schemas,
      String producers,
      String changes) {
    public Base {
      tables = List.copyOf(tables);
      views = List.copyOf(views);
      schemas = List.copyOf(schemas);
    }
  }

  /**
   * What writes have left of one table.
   *
   * @param shape what they say about its definition
   * @param columns the user's columns that the rows have
   * @param rows a query of rows and tombstones, with {@code _op}, {@code _sequence}, {@code
   *     _version}, {@code _path}, {@code _origin}, {@code _row} and the user's columns; empty if
   *     nothing is stored
   */
  public record BaseTable(
      TableName name, TableShape shape, List<BaseColumn> columns, Optional<String> rows) {
    public BaseTable {
      columns = List.copyOf(columns);
    }
  }

  /**
   * A column of these rows.
   *
   * @param column name and type as the table had them
   * @param stored its name in the query
   */
  public record BaseColumn(Column column, String stored) {}

  /** Restores, all or nothing. */
  public void run(Base base) {
    StateDraft draft = new StateDraft(state);
    draft.sequence(base.sequence());
    lane.session()
        .inTransaction(
            () -> {
              for (String schema : base.schemas()) {
                draft.schema(schema, true);
                createSchema(schema);
              }
              base.tables().forEach(table -> restore(draft, table));
              for (ViewState view : base.views()) {
                draft.putView(view);
                createSchema(view.name().schema());
              }
              lane.session().execute("INSERT INTO _flashduck.producers " + base.producers());
              lane.session().execute("INSERT INTO _flashduck.changes " + base.changes());
              lane.bookkeeping().persist(draft);
            });
    draft.committed();
  }

  private void createSchema(String schema) {
    lane.session().execute("CREATE SCHEMA IF NOT EXISTS " + SqlIdentifiers.quote(schema));
  }

  private void restore(StateDraft draft, BaseTable table) {
    TableState before = draft.table(table.name());
    draft.put(before.withShape(table.shape()).withVersion(draft.version()));
    if (table.rows().isEmpty()) {
      return;
    }
    TableOptions options = lane.options(table.name());
    Optional<TableKey> key =
        KeyRule.fixed(table.shape(), options).filter(k -> !k.columns().isEmpty());
    List<Column> columns = columns(table, options);
    TableLayout layout =
        new TableLayout(table.name(), columns, key.map(TableKey::columns).orElse(List.of()));
    lane.session().executeAll(new MergeSql(layout).create());
    new TableSetup(lane, draft, before, options).define(columns, key);
    insert(draft, table, layout);
    new ChangedRows(lane, draft, before).everything();
  }

  /** The table's columns without any file, each with a type that holds all that is in the rows. */
  private List<Column> columns(BaseTable table, TableOptions options) {
    List<Column> columns = new ArrayList<>();
    for (Column column :
        SchemaUnion.of(
                new SchemaUnion.Request(
                    SchemaPlan.declaredTypes(lane, options), table.shape(), List.of(), false),
                lane.types().widening())
            .columns()) {
      Optional<BaseColumn> stored = find(table, column.name());
      columns.add(stored.map(s -> holding(table, column, s)).orElse(column));
    }
    return columns;
  }

  private Column holding(BaseTable table, Column wanted, BaseColumn stored) {
    if (wanted.type().equals(stored.column().type())) {
      return wanted;
    }
    String value = SqlIdentifiers.quote(stored.stored());
    long lost =
        lane.session()
            .number(
                "SELECT count(*) FROM ("
                    + table.rows().orElseThrow()
                    + ") WHERE "
                    + value
                    + " IS NOT NULL AND TRY_CAST(TRY_CAST("
                    + value
                    + " AS "
                    + stored.column().type()
                    + ") AS "
                    + wanted.type()
                    + ") IS NULL");
    return lost == 0 ? wanted : new Column(wanted.name(), stored.column().type());
  }

  private static Optional<BaseColumn> find(BaseTable table, String name) {
    return table.columns().stream()
        .filter(c -> c.column().name().equalsIgnoreCase(name))
        .findFirst();
  }

  private void insert(StateDraft draft, BaseTable table, TableLayout layout) {
    String rows = table.rows().orElseThrow();
    paths(draft, table.name(), rows);
    String from =
        " FROM (" + rows + ") AS r LEFT JOIN " + PATHS + " AS p ON p._fd_known_path = r._path";
    String source = "coalesce(p._fd_known_id, -r._origin)";
    StringBuilder values = new StringBuilder();
    for (Column column : layout.columns()) {
      values.append(value(table, column)).append(", ");
    }
    lane.session()
        .execute(
            "INSERT INTO "
                + layout.stored()
                + " ("
                + layout.allColumns("")
                + ") SELECT "
                + values
                + "r._version, "
                + source
                + ", r._row, r._sequence"
                + from
                + " WHERE r._op <> 'delete'");
    String deleted =
        layout.keyed()
            ? layout.identityColumns().stream()
                .map(column -> value(table, column))
                .collect(Collectors.joining(", "))
            : source + ", r._row";
    lane.session()
        .execute(
            "INSERT INTO "
                + layout.deleted()
                + " ("
                + layout.identityList("")
                + ", _fd_version, _fd_sequence) SELECT "
                + deleted
                + ", r._version, r._sequence"
                + from
                + " WHERE r._op = 'delete'");
    lane.session().execute("DROP TABLE " + PATHS);
  }

  private static String value(BaseTable table, Column column) {
    return find(table, column.name())
        .map(
            stored ->
                "CAST(CAST(r."
                    + SqlIdentifiers.quote(stored.stored())
                    + " AS "
                    + stored.column().type()
                    + ") AS "
                    + column.type()
                    + ")")
        .orElse("CAST(NULL AS " + column.type() + ")");
  }

  /** Gives each path that a row is named by an id; its file may come later or never. */
  private void paths(StateDraft draft, TableName table, String rows) {
    lane.session()
        .execute(
            "CREATE OR REPLACE TEMP TABLE "
                + PATHS
                + " (_fd_known_path VARCHAR, _fd_known_id BIGINT)");
    List<String> paths =
        lane.connection()
            .query(
                "SELECT DISTINCT _path FROM (" + rows + ") WHERE _path IS NOT NULL ORDER BY ALL",
                row -> row.getString(1));
    for (String path : paths) {
      lane.session()
          .execute(
              "INSERT INTO "
                  + PATHS
                  + " VALUES ("
                  + SqlIdentifiers.literal(path)
                  + ", "
                  + draft.retiredFileId(table, path)
                  + ")");
    }
  }
}
