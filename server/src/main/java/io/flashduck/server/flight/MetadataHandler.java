package io.flashduck.server.flight;

import com.google.protobuf.Any;
import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.table.state.SystemViews;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetDbSchemas;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetPrimaryKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetSqlInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetTables;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetXdbcTypeInfo;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Catalog metadata, from the published catalog and never from a client's connection, so it answers
 * while a result is open. The ticket of a metadata command is the command itself.
 *
 * <p>Threading: thread-safe.
 */
final class MetadataHandler {
  static final String TABLE = "TABLE";
  static final String VIEW = "VIEW";

  /** What the server tells about itself, in schema {@code flashduck}. */
  static final String SYSTEM_TABLE = "SYSTEM TABLE";

  private final Supplier<CatalogSnapshot> catalog;
  private final SchemaLister schemas;
  private final TableSchemas tableSchemas;
  private final NavigableMap<Integer, Object> sqlInfos;

  /**
   * Reads from these.
   *
   * @param schemas the names of all schemas that clients may see
   * @param tableSchemas the columns of tables and views
   * @param sqlInfos {@link SqlInfoTable}
   */
  MetadataHandler(
      Supplier<CatalogSnapshot> catalog,
      SchemaLister schemas,
      TableSchemas tableSchemas,
      NavigableMap<Integer, Object> sqlInfos) {
    this.catalog = catalog;
    this.schemas = schemas;
    this.tableSchemas = tableSchemas;
    this.sqlInfos = sqlInfos;
  }

  /** Lists the schemas that clients may see, also empty ones. */
  @FunctionalInterface
  interface SchemaLister {
    /** The names in any order. */
    List<String> names();
  }

  /** The schema of every answer to a command. */
  Schema schema(Command command, Any packed) {
    return switch (command) {
      case GET_CATALOGS -> Schemas.GET_CATALOGS_SCHEMA;
      case GET_DB_SCHEMAS -> Schemas.GET_SCHEMAS_SCHEMA;
      case GET_TABLES ->
          Command.unpack(packed, CommandGetTables.class).getIncludeSchema()
              ? Schemas.GET_TABLES_SCHEMA
              : Schemas.GET_TABLES_SCHEMA_NO_SCHEMA;
      case GET_TABLE_TYPES -> Schemas.GET_TABLE_TYPES_SCHEMA;
      case GET_SQL_INFO -> Schemas.GET_SQL_INFO_SCHEMA;
      case GET_XDBC_TYPE_INFO -> Schemas.GET_TYPE_INFO_SCHEMA;
      case GET_PRIMARY_KEYS -> Schemas.GET_PRIMARY_KEYS_SCHEMA;
      case GET_EXPORTED_KEYS -> Schemas.GET_EXPORTED_KEYS_SCHEMA;
      case GET_IMPORTED_KEYS -> Schemas.GET_IMPORTED_KEYS_SCHEMA;
      case GET_CROSS_REFERENCE -> Schemas.GET_CROSS_REFERENCE_SCHEMA;
      case STATEMENT_QUERY,
          STATEMENT_UPDATE,
          STATEMENT_INGEST,
          STATEMENT_SUBSTRAIT_PLAN,
          PREPARED_QUERY,
          PREPARED_UPDATE,
          TICKET_STATEMENT ->
          throw new IllegalArgumentException(command + " is not metadata");
    };
  }

  /**
   * The answer to a command.
   *
   * @param types of the columns of tables, as a result of them would have
   */
  Rows rows(Command command, Any packed, TypeMode types) {
    return switch (command) {
      case GET_CATALOGS -> catalogs();
      case GET_DB_SCHEMAS -> schemas(Command.unpack(packed, CommandGetDbSchemas.class));
      case GET_TABLES -> tables(Command.unpack(packed, CommandGetTables.class), types);
      case GET_TABLE_TYPES -> tableTypes();
      case GET_SQL_INFO ->
          SqlInfoRows.of(sqlInfos, Command.unpack(packed, CommandGetSqlInfo.class).getInfoList());
      case GET_XDBC_TYPE_INFO -> typeInfo(Command.unpack(packed, CommandGetXdbcTypeInfo.class));
      case GET_PRIMARY_KEYS -> primaryKeys(Command.unpack(packed, CommandGetPrimaryKeys.class));
      case GET_EXPORTED_KEYS,
          GET_IMPORTED_KEYS,
          GET_CROSS_REFERENCE,
          STATEMENT_QUERY,
          STATEMENT_UPDATE,
          STATEMENT_INGEST,
          STATEMENT_SUBSTRAIT_PLAN,
          PREPARED_QUERY,
          PREPARED_UPDATE,
          TICKET_STATEMENT ->
          MemoryRows.empty(schema(command, packed)); // there are no foreign keys
    };
  }

  private static Rows catalogs() {
    return MemoryRows.of(
        Schemas.GET_CATALOGS_SCHEMA, root -> new RowWriter(root).add(Catalogs.NAME));
  }

  private Rows schemas(CommandGetDbSchemas command) {
    boolean ours = !command.hasCatalog() || isOurs(command.getCatalog());
    Predicate<String> wanted =
        pattern(command.hasDbSchemaFilterPattern(), command.getDbSchemaFilterPattern());
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    names.add(TableName.DEFAULT_SCHEMA);
    names.addAll(schemas.names());
    return MemoryRows.of(
        Schemas.GET_SCHEMAS_SCHEMA,
        root -> {
          RowWriter writer = new RowWriter(root);
          names.stream()
              .filter(name -> ours && wanted.test(name))
              .forEach(name -> writer.add(Catalogs.NAME, name));
        });
  }

  /** A table or view to list. */
  private record Listed(TableName name, String type) {
    /** Grafana's plugin asks for BASE TABLE, as information_schema calls it. */
    boolean isOf(String asked) {
      return type.equalsIgnoreCase(asked)
          || (type.equals(TABLE) && asked.equalsIgnoreCase("BASE TABLE"));
    }
  }

  private Rows tables(CommandGetTables command, TypeMode types) {
    CatalogSnapshot now = catalog.get();
    boolean withSchema = command.getIncludeSchema();
    List<Listed> listed = listed(now, command);
    return MemoryRows.of(
        withSchema ? Schemas.GET_TABLES_SCHEMA : Schemas.GET_TABLES_SCHEMA_NO_SCHEMA,
        root -> {
          RowWriter writer = new RowWriter(root);
          for (Listed one : listed) {
            String schema = one.name().schema();
            String name = one.name().name();
            if (withSchema) {
              byte[] columns = tableSchemas.serialized(now, one.name(), types);
              writer.add(Catalogs.NAME, schema, name, one.type(), columns);
            } else {
              writer.add(Catalogs.NAME, schema, name, one.type());
            }
          }
        });
  }

  private static List<Listed> listed(CatalogSnapshot now, CommandGetTables command) {
    Predicate<String> schema =
        pattern(command.hasDbSchemaFilterPattern(), command.getDbSchemaFilterPattern());
    Predicate<String> table =
        pattern(command.hasTableNameFilterPattern(), command.getTableNameFilterPattern());
    List<String> types = command.getTableTypesList();
    List<Listed> listed = new ArrayList<>();
    if (command.hasCatalog() && !isOurs(command.getCatalog())) {
      return listed;
    }
    now.tables().keySet().forEach(name -> listed.add(new Listed(name, TABLE)));
    now.views().keySet().forEach(name -> listed.add(new Listed(name, VIEW)));
    SystemViews.names().forEach(name -> listed.add(new Listed(name, SYSTEM_TABLE)));
    listed.removeIf(
        one ->
            !schema.test(one.name().schema())
                || !table.test(one.name().name())
                || (!types.isEmpty() && types.stream().noneMatch(one::isOf)));
    // The order that JDBC asks for: type, catalog, schema, name.
    listed.sort(Comparator.comparing(Listed::type).thenComparing(Listed::name));
    return listed;
  }

  private static Rows tableTypes() {
    return MemoryRows.of(
        Schemas.GET_TABLE_TYPES_SCHEMA,
        root -> {
          RowWriter writer = new RowWriter(root);
          writer.add(SYSTEM_TABLE);
          writer.add(TABLE);
          writer.add(VIEW);
        });
  }

  private static Rows typeInfo(CommandGetXdbcTypeInfo command) {
    return TypeInfoTable.rows(
        command.hasDataType() ? OptionalInt.of(command.getDataType()) : OptionalInt.empty());
  }

  private Rows primaryKeys(CommandGetPrimaryKeys command) {
    boolean ours = !command.hasCatalog() || isOurs(command.getCatalog());
    NavigableMap<TableName, List<String>> keys = new TreeMap<>();
    for (TableDefinition table : catalog.get().tables().values()) {
      boolean wanted =
          (!command.hasDbSchema() || same(command.getDbSchema(), table.name().schema()))
              && same(command.getTable(), table.name().name());
      if (ours && wanted) {
        table.key().ifPresent(key -> keys.put(table.name(), key.columns()));
      }
    }
    return MemoryRows.of(
        Schemas.GET_PRIMARY_KEYS_SCHEMA,
        root -> {
          RowWriter writer = new RowWriter(root);
          keys.forEach((table, columns) -> writeKey(writer, table, columns));
        });
  }

  private static void writeKey(RowWriter writer, TableName table, List<String> columns) {
    for (int i = 0; i < columns.size(); i++) {
      String keyName = table.name() + "_pkey";
      writer.add(Catalogs.NAME, table.schema(), table.name(), columns.get(i), i + 1, keyName);
    }
  }

  /** DBeaver asks for the keys of all tables of a schema with the table {@code %}. */
  private static boolean same(String asked, String name) {
    return asked.equals("%") || asked.equalsIgnoreCase(name);
  }

  private static boolean isOurs(String catalog) {
    return catalog.isEmpty() || catalog.equalsIgnoreCase(Catalogs.NAME);
  }

  private static Predicate<String> pattern(boolean given, String like) {
    return given ? LikePattern.of(like) : name -> true;
  }
}
