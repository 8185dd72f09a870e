package io.flashduck.server.sync;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataFormat;
import io.flashduck.server.config.Glob;
import io.flashduck.server.config.ReadOptions;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.sync.FileNames.DataName;
import io.flashduck.server.sync.RejectedPath.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Says to which table a path belongs, by {@code tables.yaml} and else by its name: a pure function.
 * The rules are in {@code docs/adr/0005-names-and-settling.md}.
 *
 * <p>Threading: immutable.
 */
final class SourceNaming {
  private static final Set<String> RESERVED_SCHEMAS =
      Set.of("flashduck", "_flashduck", "flashduck_db", "information_schema", "pg_catalog");

  private final TablesConfig tables;

  /** By folder in lower case: the tables whose files are in it. */
  private final Map<String, List<Claim>> claims = new HashMap<>();

  /**
   * A folder that a table of {@code tables.yaml} takes its files from.
   *
   * @param folder in the user's spelling
   * @param byName whether the folder follows from the table's name, so that case does not count
   */
  private record Claim(TableOptions table, String folder, boolean byName) {
    boolean takes(String path) {
      String prefix = folder.isEmpty() ? "" : folder + "/";
      if (!path.regionMatches(byName, 0, prefix, 0, prefix.length())) {
        return false;
      }
      boolean direct = path.indexOf('/', prefix.length()) < 0;
      if (!table.files().recursive() && !direct) {
        return false;
      }
      String base = table.files().path().orElse("");
      String patternPath = base.isEmpty() ? path : path.substring(base.length() + 1);
      List<Glob> include = table.files().include();
      return include.isEmpty() || include.stream().anyMatch(glob -> glob.matches(patternPath));
    }
  }

  SourceNaming(TablesConfig tables) {
    this.tables = tables;
    for (TableOptions table : tables.tables()) {
      for (Claim claim : claimsOf(table)) {
        claims.computeIfAbsent(fold(claim.folder()), folder -> new ArrayList<>()).add(claim);
      }
    }
  }

  TablesConfig tables() {
    return tables;
  }

  /** What the file at that path is; folders above it that are never looked into are not its job. */
  Placement place(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (FileNames.hiddenOrTemporary(name) || matches(tables.ignore(), path)) {
      return Placement.IGNORED;
    }
    if (path.indexOf('\uFFFD') >= 0) {
      return refused(
          path,
          Reason.UNDECODABLE_NAME,
          "the name cannot be decoded",
          "start the server with LC_ALL=C.UTF-8, or rename it");
    }
    List<String> names = List.of(path.split("/", -1));
    DefaultPlace byName = DefaultPlace.of(names);
    if (byName.plain().isPresent() && namedInTables(byName.plain().get())) {
      return inTable(byName.plain().get(), path, names, names.size() - 1);
    }
    return claimed(path, names).orElseGet(() -> byDefault(byName, path, names));
  }

  private boolean namedInTables(TableName table) {
    return tables
        .find(table.schema(), table.name())
        .filter(options -> !options.files().explicit())
        .isPresent();
  }

  /** The table of the deepest claiming folder. */
  private Optional<Placement> claimed(String path, List<String> names) {
    String folder = path;
    for (int depth = names.size() - 1; depth >= 0 && !claims.isEmpty(); depth--) {
      folder = depth == 0 ? "" : folder.substring(0, folder.lastIndexOf('/'));
      List<Claim> taking =
          claims.getOrDefault(fold(folder), List.of()).stream()
              .filter(claim -> claim.takes(path))
              .toList();
      if (taking.size() > 1) {
        return Optional.of(ambiguous(path, taking));
      }
      if (taking.size() == 1) {
        TableOptions table = taking.get(0).table();
        return Optional.of(
            inTable(new TableName(table.schema(), table.name()), path, names, depth));
      }
    }
    return Optional.empty();
  }

  private Placement byDefault(DefaultPlace place, String path, List<String> names) {
    if (place.problem().isPresent()) {
      String fileName = names.get(names.size() - 1);
      boolean data =
          FileNames.data(fileName).isPresent() || FileNames.unsupported(fileName).isPresent();
      return data ? new Placement.Refused(place.problem().get()) : Placement.IGNORED;
    }
    if (place.table().isEmpty()) {
      return notData(path, names);
    }
    TableName table = place.table().get();
    if (RESERVED_SCHEMAS.contains(fold(table.schema()))) {
      return FileNames.data(names.get(names.size() - 1)).isEmpty()
          ? Placement.IGNORED
          : refused(
              names.get(0),
              Reason.RESERVED_SCHEMA,
              "the schema " + table.schema() + " is reserved",
              "rename the folder");
    }
    return inTable(table, path, names, place.folderDepth());
  }

  /** A file that belongs to that table, whose folder has that many names. */
  private Placement inTable(TableName table, String path, List<String> names, int folderDepth) {
    TableOptions options = tables.options(table.schema(), table.name());
    String base = options.files().path().orElse("");
    boolean below = base.isEmpty() || path.startsWith(base + "/");
    if (below
        && matches(
            options.files().exclude(), base.isEmpty() ? path : path.substring(base.length() + 1))) {
      return Placement.IGNORED;
    }
    String fileName = names.get(names.size() - 1);
    Optional<DataName> data = FileNames.data(fileName);
    Optional<DataFormat> given = options.read().format();
    boolean included = !options.files().include().isEmpty();
    if (data.isEmpty() && !(included && given.isPresent())) {
      return included
          ? refused(
              path,
              Reason.UNSUPPORTED_FORMAT,
              "the name does not say which format it has",
              "give the table " + table + " a format in tables.yaml")
          : notData(path, names);
    }
    FileFormat format =
        given
            .map(dataFormat -> FileNames.given(dataFormat, fileName))
            .orElseGet(() -> data.orElseThrow().format());
    Optional<Map<String, String>> partitions =
        options.files().hivePartitioning()
            ? HivePartitions.of(names.subList(folderDepth, names.size() - 1))
            : Optional.of(Map.of());
    if (partitions.isEmpty()) {
      return refused(
          path,
          Reason.BAD_PARTITION,
          "a name=value folder is given twice on the way",
          "rename one of the folders");
    }
    ReadOptions read = options.read();
    return new Placement.InTable(table, format, partitions.get(), read.fingerprint());
  }

  private static Placement notData(String path, List<String> names) {
    return FileNames.unsupported(names.get(names.size() - 1))
        .map(
            problem ->
                refused(
                    path,
                    Reason.UNSUPPORTED_FORMAT,
                    problem,
                    "save it as Parquet, or as CSV or JSON, plain or with .gz or .zst"))
        .orElse(Placement.IGNORED);
  }

  private static Placement ambiguous(String path, List<Claim> taking) {
    String first = taking.get(0).table().displayName();
    String second = taking.get(1).table().displayName();
    return refused(
        path,
        Reason.AMBIGUOUS,
        "tables.yaml gives it to both " + first + " and " + second,
        "exclude it from one of them");
  }

  private static List<Claim> claimsOf(TableOptions table) {
    List<Claim> claims = new ArrayList<>();
    Optional<String> base = table.files().path();
    if (!table.files().include().isEmpty()) {
      String prefix = base.filter(path -> !path.isEmpty()).map(path -> path + "/").orElse("");
      table.files().include().stream()
          .map(glob -> (prefix + glob.literalFolder()).replaceAll("/$", ""))
          .distinct()
          .forEach(folder -> claims.add(new Claim(table, folder, false)));
    } else if (base.isPresent()) {
      claims.add(new Claim(table, base.get(), false));
    } else {
      if (fold(table.schema()).equals(TablesConfig.DEFAULT_SCHEMA)) {
        claims.add(new Claim(table, table.name(), true));
      }
      claims.add(new Claim(table, table.schema() + "/" + table.name(), true));
    }
    return claims;
  }

  private static boolean matches(List<Glob> globs, String path) {
    return globs.stream().anyMatch(glob -> glob.matches(path));
  }

  private static Placement refused(String path, Reason reason, String detail, String advice) {
    return new Placement.Refused(new RejectedPath(path, reason, detail, advice));
  }

  private static String fold(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
