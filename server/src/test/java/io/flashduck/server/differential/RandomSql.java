package io.flashduck.server.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Made-up statements over two tables: {@code keyed}, whose key is {@code id}, and {@code plain}.
 *
 * <p>Every result is determined: numbers with a binary point are quarters, so that no sum depends
 * on the order of rows, nothing can overflow, and LIMIT comes with an order of whole rows.
 *
 * <p>Threading: confined to one thread.
 */
final class RandomSql {
  /** A kind of value. */
  enum Kind {
    WHOLE("BIGINT"),
    EXACT("DECIMAL(12,3)"),
    QUARTERS("DOUBLE"),
    TEXT("VARCHAR"),
    TRUTH("BOOLEAN"),
    DAY("DATE");

    private final String type;

    Kind(String type) {
      this.type = type;
    }
  }

  private static final int DEPTH = 3;

  private final Random random;

  RandomSql(long seed) {
    random = new Random(seed);
  }

  /** The two tables; each has a column per kind, called like it. */
  static List<String> definitions() {
    String columns =
        IntStream.range(0, Kind.values().length)
            .mapToObj(i -> column(Kind.values()[i]) + " " + Kind.values()[i].type)
            .collect(Collectors.joining(", "));
    return List.of(
        "CREATE TABLE keyed (id INTEGER PRIMARY KEY, " + columns + ")",
        "CREATE TABLE plain (id INTEGER, " + columns + ")");
  }

  private static String column(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** A statement that changes rows; the count or the rows of RETURNING tell what it did. */
  String change() {
    String table = any("keyed", "plain");
    String returning = any("", "", " RETURNING *", " RETURNING id, text || 'x' AS longer");
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> "INSERT INTO " + table + " VALUES " + rows() + returning;
      case 3 -> "INSERT OR REPLACE INTO keyed VALUES (" + row() + ")" + returning;
      case 4 -> "INSERT INTO keyed VALUES (" + row() + ") ON CONFLICT DO NOTHING" + returning;
      case 5 ->
          "INSERT INTO keyed VALUES ("
              + row()
              + ") ON CONFLICT (id) DO UPDATE SET text = excluded.text, whole = keyed.whole + 1"
              + returning;
      case 6 ->
          "INSERT INTO plain SELECT * FROM keyed WHERE " + value(Kind.TRUTH, DEPTH) + returning;
      case 7 -> "DELETE FROM " + table + " WHERE " + value(Kind.TRUTH, 1) + returning;
      default -> {
        Kind kind = any(Kind.values());
        yield "UPDATE "
            + table
            + " SET "
            + column(kind)
            + " = "
            + value(kind, 1)
            + " WHERE "
            + value(Kind.TRUTH, DEPTH)
            + returning;
      }
    };
  }

  private String rows() {
    return some(1, 4, () -> "(" + row() + ")");
  }

  private String row() {
    List<String> values = new ArrayList<>();
    values.add(String.valueOf(random.nextInt(40)));
    for (Kind kind : Kind.values()) {
      values.add(literal(kind));
    }
    return String.join(", ", values);
  }

  /** A query; its rows are in no order. */
  String query() {
    return switch (random.nextInt(7)) {
      case 0 -> "SELECT * FROM " + source() + where();
      case 1 -> "SELECT " + values() + from() + " ORDER BY ALL LIMIT " + random.nextInt(8);
      case 2 -> "SELECT " + values() + ", " + aggregates() + from() + " GROUP BY ALL" + having();
      case 3 -> "SELECT " + aggregates() + from();
      case 4 -> setOperation();
      case 5 ->
          "WITH part AS (SELECT id, whole, text FROM "
              + any("keyed", "plain")
              + where()
              + ") SELECT count(*), sum(a.whole), max(b.text) FROM part a LEFT JOIN part b ON a.id ="
              + " b.id + "
              + random.nextInt(3);
      default ->
          "SELECT id, rank() OVER (PARTITION BY "
              + value(any(Kind.values()), 1)
              + " ORDER BY id), sum(whole) OVER (ORDER BY id RANGE BETWEEN 3 PRECEDING AND CURRENT"
              + " ROW) FROM "
              + any("keyed", "plain")
              + where();
    };
  }

  private String setOperation() {
    Kind first = any(Kind.values());
    Kind second = any(Kind.values());
    String operation = any(" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ");
    Supplier<String> side = () -> "SELECT " + value(first, 1) + ", " + value(second, 2) + from();
    return side.get() + operation + side.get();
  }

  /** Tables; the columns of the first are named without it. */
  private String source() {
    return switch (random.nextInt(4)) {
      case 0 -> "keyed";
      case 1 -> "plain";
      case 2 -> "plain SEMI JOIN keyed USING (id)";
      default -> "(SELECT * FROM keyed UNION ALL BY NAME SELECT * FROM plain) AS both_tables";
    };
  }

  private String from() {
    return " FROM " + source() + where();
  }

  private String where() {
    return random.nextInt(4) == 0 ? "" : " WHERE " + value(Kind.TRUTH, DEPTH);
  }

  private String having() {
    return random.nextBoolean() ? "" : " HAVING count(*) > " + random.nextInt(3);
  }

  private String values() {
    return some(1, 3, () -> value(any(Kind.values()), DEPTH));
  }

  private String aggregates() {
    return some(
        1,
        3,
        () ->
            any(
                "count(*)",
                "count(DISTINCT " + value(any(Kind.values()), 1) + ")",
                "sum(" + value(any(Kind.WHOLE, Kind.EXACT, Kind.QUARTERS), 1) + ")",
                "avg(" + value(any(Kind.WHOLE, Kind.QUARTERS), 1) + ")",
                "min(" + value(any(Kind.values()), 1) + ")",
                "max(" + value(any(Kind.values()), 1) + ") FILTER (" + value(Kind.TRUTH, 1) + ")",
                "string_agg(text, '|' ORDER BY text)",
                "bool_or(" + value(Kind.TRUTH, 1) + ")"));
  }

  private String value(Kind kind, int depth) {
    if (depth == 0 || random.nextInt(3) == 0) {
      return random.nextInt(3) == 0 ? literal(kind) : column(kind);
    }
    int next = depth - 1;
    String either =
        any(
            "coalesce(" + value(kind, next) + ", " + value(kind, next) + ")",
            "CASE WHEN "
                + value(Kind.TRUTH, next)
                + " THEN "
                + value(kind, next)
                + " ELSE "
                + value(kind, next)
                + " END",
            "nullif(" + value(kind, next) + ", " + literal(kind) + ")");
    String own =
        switch (kind) {
          case WHOLE ->
              any(
                  "(" + value(kind, next) + any(" + ", " - ") + value(kind, next) + ")",
                  "length(" + value(Kind.TEXT, next) + ")",
                  "abs(" + value(kind, next) + ")",
                  "(" + value(kind, next) + " % 7)",
                  "day(" + value(Kind.DAY, next) + ")");
          case EXACT ->
              any(
                  "(" + value(kind, next) + any(" + ", " - ") + literal(kind) + ")",
                  "round(" + value(kind, next) + ", 1)");
          case QUARTERS ->
              any("(" + value(kind, next) + " / 4)", "(" + value(kind, next) + " + 0.25)");
          case TEXT ->
              any(
                  "upper(" + value(kind, next) + ")",
                  "(" + value(kind, next) + " || " + value(kind, next) + ")",
                  "substr(" + value(kind, next) + ", 1, 2)",
                  "CAST(" + value(any(Kind.WHOLE, Kind.EXACT, Kind.DAY), next) + " AS VARCHAR)");
          case TRUTH -> condition(next);
          case DAY -> "(" + value(kind, next) + " + " + random.nextInt(40) + ")";
        };
    return random.nextInt(4) == 0 ? either : own;
  }

  private String condition(int depth) {
    Kind kind = any(Kind.values());
    String value = value(kind, depth);
    return switch (random.nextInt(8)) {
      case 0 -> "(" + value(Kind.TRUTH, depth) + " AND " + value(Kind.TRUTH, depth) + ")";
      case 1 -> "(" + value(Kind.TRUTH, depth) + " OR " + value(Kind.TRUTH, depth) + ")";
      case 2 -> "(NOT " + value(Kind.TRUTH, depth) + ")";
      case 3 -> "(" + value + any(" IS NULL", " IS NOT NULL") + ")";
      case 4 -> "(" + value + " IN (" + literal(kind) + ", " + literal(kind) + "))";
      case 5 -> "(" + value(Kind.TEXT, depth) + any(" LIKE 'a%'", " ILIKE '%B%'") + ")";
      case 6 -> "(id IN (SELECT id + 1 FROM " + any("keyed", "plain") + "))";
      default -> "(" + value + any(" = ", " < ", " >= ", " <> ") + value(kind, depth) + ")";
    };
  }

  private String literal(Kind kind) {
    if (random.nextInt(8) == 0) {
      return "NULL::" + kind.type;
    }
    int number = random.nextInt(20) - 5;
    return switch (kind) {
      case WHOLE -> number + "::BIGINT";
      case EXACT -> number + ".125::DECIMAL(12,3)";
      case QUARTERS -> "(" + number + " * 0.25)::DOUBLE";
      case TEXT -> any("''", "'a'", "'ab'", "'Bär'", "'鴨'", "'it''s'", "'🦆'");
      case TRUTH -> any("true", "false");
      case DAY -> "(DATE '2024-02-20' + " + random.nextInt(20) + ")";
    };
  }

  private String some(int least, int most, Supplier<String> part) {
    return IntStream.range(0, least + random.nextInt(most - least + 1))
        .mapToObj(i -> part.get())
        .collect(Collectors.joining(", "));
  }

  @SafeVarargs
  private <T> T any(T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
