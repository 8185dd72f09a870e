package io.flashduck.server.table.source;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.table.change.TableShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The columns of a table: the union by name of what its writes and its files have, each with the
 * narrowest type that holds all.
 *
 * <p>Types from {@code tables.yaml} are final. Else what writes and typed files (Parquet, Arrow)
 * say is widened; where that cannot be, the later file is refused. Text files take the type that is
 * known so far; only a column that no typed source has gets the type that the text files look like,
 * text if they differ. So the result does not depend on the order in which files came, except for
 * which of two conflicting files is refused.
 *
 * <p>Threading: confined to one thread, used once.
 */
public final class SchemaUnion {
  private final Request request;
  private final TypeWidening widening;
  private final Map<String, Known> typed = new LinkedHashMap<>();
  private final List<FileSchema> accepted = new ArrayList<>();
  private final List<Refusal> refused = new ArrayList<>();

  /**
   * What is to be united.
   *
   * @param declared types by column name from {@code tables.yaml}
   * @param shape what the writes say
   * @param files in the order of their right to stay: if two conflict, the later one is refused
   * @param strict whether all files must have the same columns
   */
  public record Request(
      Map<String, String> declared, TableShape shape, List<FileSchema> files, boolean strict) {
    public Request {
      declared = Map.copyOf(declared);
      files = List.copyOf(files);
    }
  }

  /** The columns of one file. */
  public record FileSchema(String path, List<SourceColumn> columns) {
    public FileSchema {
      columns = List.copyOf(columns);
    }
  }

  /** A file that does not go with the others, and why. */
  public record Refusal(String path, String reason) {}

  /**
   * The union.
   *
   * @param columns in order: those of CREATE, those of the files in the order of their paths, those
   *     of rows that were written
   * @param refused the files that are not in it
   */
  public record Result(List<Column> columns, List<Refusal> refused) {
    public Result {
      columns = List.copyOf(columns);
      refused = List.copyOf(refused);
    }
  }

  /** A type and who says so. */
  private record Known(String type, String by) {}

  private SchemaUnion(Request request, TypeWidening widening) {
    this.request = request;
    this.widening = widening;
  }

  /** Unites columns. */
  public static Result of(Request request, TypeWidening widening) {
    return new SchemaUnion(request, widening).unite();
  }

  private Result unite() {
    request.declared().forEach((name, type) -> typed.put(fold(name), new Known(type, "")));
    addWritten(request.shape().defined());
    addWritten(request.shape().written());
    Map<List<SourceColumn>, Integer> known = new HashMap<>();
    for (FileSchema file : request.files()) {
      Integer twin = known.get(file.columns());
      if (twin != null) {
        acceptLike(twin, file);
        continue;
      }
      Optional<String> reason = reasonToRefuse(file);
      if (reason.isPresent()) {
        refused.add(new Refusal(file.path(), reason.get()));
      } else {
        file.columns().stream().filter(SourceColumn::typed).forEach(c -> addTyped(c, file.path()));
        known.put(file.columns(), accepted.size());
        accepted.add(file);
      }
    }
    return new Result(ordered(), refused);
  }

  /** Of files with equal columns only the first in the order of paths says anything. */
  private void acceptLike(int twin, FileSchema file) {
    if (Paths.compare(file.path(), accepted.get(twin).path()) < 0) {
      accepted.set(twin, file);
    }
  }

  private void addWritten(List<Column> columns) {
    for (Column column : columns) {
      if (!isDeclared(column.name())) {
        typed.merge(
            fold(column.name()),
            new Known(column.type(), "accepted writes"),
            (a, b) -> new Known(widening.widenOrText(a.type(), b.type()), a.by()));
      }
    }
  }

  private void addTyped(SourceColumn column, String path) {
    if (!isDeclared(column.name())) {
      typed.merge(
          fold(column.name()),
          new Known(column.type(), path),
          (a, b) -> {
            String wider = widening.widenOrText(a.type(), b.type());
            return wider.equals(a.type()) ? a : new Known(wider, b.by());
          });
    }
  }

  private Optional<String> reasonToRefuse(FileSchema file) {
    if (request.strict() && !accepted.isEmpty()) {
      Optional<String> difference = difference(accepted.get(0), file);
      if (difference.isPresent()) {
        return difference;
      }
    }
    for (SourceColumn column : file.columns()) {
      Known known = typed.get(fold(column.name()));
      if (column.typed()
          && known != null
          && !isDeclared(column.name())
          && widening.widen(known.type(), column.type()).isEmpty()) {
        return Optional.of(
            "column "
                + column.name()
                + " is "
                + column.type()
                + " here, but "
                + known.type()
                + " in "
                + known.by()
                + "; these are not mixed. Change the file, or give the column a type in"
                + " tables.yaml");
      }
    }
    return Optional.empty();
  }

  /** What keeps a file from having the same columns as the first one. */
  private Optional<String> difference(FileSchema first, FileSchema file) {
    Map<String, String> expected = types(first);
    Map<String, String> found = types(file);
    for (Map.Entry<String, String> column : expected.entrySet()) {
      String type = found.get(column.getKey());
      if (type == null) {
        return strictly("column " + column.getKey() + " of " + first.path() + " is missing");
      }
      if (!type.equals(column.getValue())) {
        return strictly(
            "column "
                + column.getKey()
                + " is "
                + type
                + " here, but "
                + column.getValue()
                + " in "
                + first.path());
      }
    }
    Set<String> more = new LinkedHashSet<>(found.keySet());
    more.removeAll(expected.keySet());
    return more.isEmpty()
        ? Optional.empty()
        : strictly("column " + more.iterator().next() + " is not in " + first.path());
  }

  private static Optional<String> strictly(String difference) {
    return Optional.of(
        difference + "; tables.yaml says schema_evolution: strict. Change the file or that option");
  }

  private static Map<String, String> types(FileSchema file) {
    Map<String, String> types = new LinkedHashMap<>();
    file.columns().forEach(c -> types.put(fold(c.name()), c.type()));
    return types;
  }

  private List<Column> ordered() {
    Map<String, Column> columns = new LinkedHashMap<>();
    request.shape().defined().forEach(c -> place(columns, c.name()));
    accepted.sort((a, b) -> Paths.compare(a.path(), b.path()));
    for (FileSchema file : accepted) {
      file.columns().forEach(c -> place(columns, c.name()));
    }
    request.shape().written().forEach(c -> place(columns, c.name()));
    return List.copyOf(columns.values());
  }

  private void place(Map<String, Column> columns, String name) {
    String folded = fold(name);
    if (!columns.containsKey(folded)) {
      Known known = typed.get(folded);
      columns.put(folded, new Column(name, known == null ? textType(folded) : fine(folded, known)));
    }
  }

  /** The type that is known, or a finer one if text has values that it would round. */
  private String fine(String folded, Known known) {
    String type = known.type();
    if (isDeclared(folded)) {
      return type;
    }
    for (FileSchema file : accepted) {
      for (SourceColumn column : file.columns()) {
        if (!column.typed()
            && fold(column.name()).equals(folded)
            && TypeFamilies.rounds(column.type(), type)) {
          type = widening.widenOrText(type, column.type());
        }
      }
    }
    return type;
  }

  /** What a column that only text has looks like. */
  private String textType(String folded) {
    String type = "";
    for (FileSchema file : accepted) {
      for (SourceColumn column : file.columns()) {
        boolean says = !column.type().equals(SourceColumn.UNKNOWN);
        if (says && fold(column.name()).equals(folded)) {
          type = type.isEmpty() ? column.type() : widening.widenOrText(type, column.type());
        }
      }
    }
    return type.isEmpty() ? "VARCHAR" : type;
  }

  private boolean isDeclared(String column) {
    return request.declared().keySet().stream().anyMatch(column::equalsIgnoreCase);
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
