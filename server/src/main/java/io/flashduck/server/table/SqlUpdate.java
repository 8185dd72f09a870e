package io.flashduck.server.table;

import io.flashduck.server.engine.TypeMode;
import java.util.List;
import java.util.Optional;

/**
 * One SQL statement that changes data or definitions.
 *
 * <p>Threading: immutable.
 *
 * @param text one statement: INSERT, UPDATE, DELETE, MERGE, TRUNCATE, CREATE, ALTER or DROP
 * @param parameters one row per execution, columns by position; all executions are one atomic
 *     change. Empty: one execution without parameters. No rows: no execution
 * @param searchPath the schemas in which unqualified names are looked up, in order; new objects go
 *     into the first. Empty: schema main
 * @param timeZone in which times without a zone are meant and current dates are taken
 * @param types of the rows of RETURNING
 */
public record SqlUpdate(
    String text,
    Optional<ArrowRows> parameters,
    List<String> searchPath,
    String timeZone,
    TypeMode types) {
  /** The zone of a session that has set none. */
  public static final String UTC = "UTC";

  public SqlUpdate {
    searchPath = List.copyOf(searchPath);
  }

  /** A statement in UTC and the default types. */
  public SqlUpdate(String text, Optional<ArrowRows> parameters, List<String> searchPath) {
    this(text, parameters, searchPath, UTC, TypeMode.DEFAULT);
  }

  /** A statement without parameters, in schema main. */
  public static SqlUpdate of(String text) {
    return new SqlUpdate(text, Optional.empty(), List.of());
  }
}
