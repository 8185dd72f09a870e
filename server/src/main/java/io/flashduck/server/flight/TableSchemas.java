package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import org.apache.arrow.flight.sql.FlightSqlColumnMetadata;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The columns of tables and views as Arrow schemas with Flight SQL's column metadata, kept while
 * the catalog's schema version stays. A view that cannot be described has no columns.
 *
 * <p>Threading: thread-safe.
 */
final class TableSchemas {
  private static final Logger log = LoggerFactory.getLogger(TableSchemas.class);

  private final BiFunction<TableName, TypeMode, StatementDescription> describe;
  private final ConcurrentMap<Key, Kept> kept = new ConcurrentHashMap<>();

  /**
   * Learns schemas from DuckDB.
   *
   * @param describe {@code SELECT * FROM} that table or view in those types
   */
  TableSchemas(BiFunction<TableName, TypeMode, StatementDescription> describe) {
    this.describe = describe;
  }

  private record Key(TableName name, TypeMode types) {}

  private record Kept(long schemaVersion, ByteString serialized) {}

  /** The schema as an encapsulated IPC message, as CommandGetTables returns it. */
  byte[] serialized(CatalogSnapshot catalog, TableName name, TypeMode types) {
    return kept(catalog, new Key(name, types)).serialized().toByteArray();
  }

  private Kept kept(CatalogSnapshot catalog, Key key) {
    TableName name = key.name();
    Kept before = kept.get(key);
    if (before != null && before.schemaVersion() == catalog.schemaVersion()) {
      return before;
    }
    Schema schema = described(catalog.table(name), key);
    Kept fresh =
        new Kept(catalog.schemaVersion(), ByteString.copyFrom(WireSchemas.serialize(schema)));
    if (before == null) {
      kept.keySet().removeIf(known -> !exists(catalog, known.name()));
    }
    kept.put(key, fresh);
    return fresh;
  }

  private static boolean exists(CatalogSnapshot catalog, TableName name) {
    return catalog.tables().containsKey(name) || catalog.views().containsKey(name);
  }

  private Schema described(Optional<TableDefinition> table, Key key) {
    TableName name = key.name();
    try {
      StatementDescription columns = describe.apply(name, key.types());
      List<Field> fields = new ArrayList<>();
      for (Field field : columns.resultSchema().getFields()) {
        String type = columns.execution().columnTypes().get(fields.size());
        fields.add(withMetadata(field, type, table, name));
      }
      return new Schema(fields);
    } catch (FlashDuckException e) {
      log.info("{} cannot be described and is listed without columns: {}", name, e.getMessage());
      return new Schema(List.of());
    }
  }

  private static Field withMetadata(
      Field field, String described, Optional<TableDefinition> table, TableName name) {
    String type = table.flatMap(t -> duckType(t, field.getName())).orElse(described);
    boolean filled =
        table
                .flatMap(TableDefinition::key)
                .filter(k -> k.columns().stream().anyMatch(field.getName()::equalsIgnoreCase))
                .isPresent()
            || table.map(t -> t.rules().isNotNull(field.getName())).orElse(false);
    // Not IS_AUTO_INCREMENT: ADBC Java cannot read it.
    FlightSqlColumnMetadata.Builder metadata =
        new FlightSqlColumnMetadata.Builder()
            .catalogName(Catalogs.NAME)
            .schemaName(name.schema())
            .tableName(name.name())
            .typeName(type)
            .isCaseSensitive(field.getType() instanceof ArrowType.Utf8)
            .isReadOnly(table.isEmpty())
            .isSearchable(true);
    if (field.getType() instanceof ArrowType.Decimal decimal) {
      metadata.precision(decimal.getPrecision()).scale(decimal.getScale());
    }
    Map<String, String> all = new HashMap<>(field.getMetadata());
    all.putAll(metadata.build().getMetadataMap());
    return new Field(
        field.getName(),
        new FieldType(!filled && field.isNullable(), field.getType(), field.getDictionary(), all),
        field.getChildren());
  }

  private static Optional<String> duckType(TableDefinition table, String column) {
    return table.columns().stream()
        .filter(c -> c.name().equalsIgnoreCase(column))
        .map(Column::type)
        .findFirst();
  }
}
