package io.flashduck.server.sync;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.sync.FileNames.DataName;
import io.flashduck.server.sync.RejectedPath.Reason;
import java.text.Normalizer;
import java.util.List;
import java.util.Optional;

/**
 * The table that a path names by itself: {@code table.csv}, {@code schema/table.csv}, {@code
 * table/name=value/….csv}, {@code table.parquet/….parquet}.
 *
 * <p>Threading: immutable.
 *
 * @param table the table, or empty if the name is no data file's
 * @param folderDepth how many names of the path lead to the table's folder
 * @param folderTable whether the table is a folder
 * @param problem why the path names none
 */
record DefaultPlace(
    Optional<TableName> table,
    int folderDepth,
    boolean folderTable,
    Optional<RejectedPath> problem) {

  static DefaultPlace of(List<String> names) {
    int last = names.size() - 1;
    for (int i = 0; i < last; i++) {
      Optional<DataName> dataFolder = FileNames.data(names.get(i));
      if (HivePartitions.isPartition(names.get(i))) {
        return i == 0
            ? problem(
                names.get(0),
                Reason.BAD_PARTITION,
                "no folder above it names the table",
                "move it into a folder with the table's name")
            : folder(names, i - 1, normal(names.get(i - 1)));
      }
      if (dataFolder.isPresent()) {
        return folder(names, i, dataFolder.get().tableName());
      }
    }
    Optional<DataName> data = FileNames.data(names.get(last));
    if (last > 1) {
      return tooDeep(names.subList(0, last));
    }
    String schema = last == 0 ? TableName.DEFAULT_SCHEMA : normal(names.get(0));
    return new DefaultPlace(
        data.map(name -> new TableName(schema, name.tableName())), last, false, Optional.empty());
  }

  /** The table, if the file itself has its name. */
  Optional<TableName> plain() {
    return folderTable ? Optional.empty() : table;
  }

  /** The folder at that index is a table, at the top or in one schema. */
  private static DefaultPlace folder(List<String> names, int index, String tableName) {
    if (index > 1) {
      return tooDeep(names.subList(0, index + 1));
    }
    String schema = index == 0 ? TableName.DEFAULT_SCHEMA : normal(names.get(0));
    return new DefaultPlace(
        Optional.of(new TableName(schema, tableName)), index + 1, true, Optional.empty());
  }

  private static DefaultPlace tooDeep(List<String> folder) {
    return problem(
        String.join("/", folder),
        Reason.NESTED_TOO_DEEP,
        "a folder is a schema and cannot hold further folders",
        "to read it as one table, put into tables.yaml: {tables: {"
            + folder.get(folder.size() - 1)
            + ": {path: \""
            + String.join("/", folder)
            + "\"}}}");
  }

  private static DefaultPlace problem(String path, Reason reason, String detail, String advice) {
    return new DefaultPlace(
        Optional.empty(), 0, true, Optional.of(new RejectedPath(path, reason, detail, advice)));
  }

  private static String normal(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }
}
