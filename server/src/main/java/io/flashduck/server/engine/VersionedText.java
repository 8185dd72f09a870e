package io.flashduck.server.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flashduck.server.engine.TableVersions.Version;
import io.flashduck.server.engine.sql.SqlPosition;
import io.flashduck.server.engine.sql.VersionCalls;
import io.flashduck.server.engine.sql.VersionCalls.Call;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A query's text with the files of the earlier versions of tables that it reads.
 *
 * <p>Threading: immutable.
 *
 * @param checked what the guard judges: the tables themselves in place of their versions, because
 *     who may read a table may read its versions
 * @param executed what DuckDB runs: the versions' files
 * @param versions each once; empty for all other queries
 */
record VersionedText(String checked, String executed, List<Version> versions) {
  private static final ObjectMapper JSON = new ObjectMapper();

  VersionedText {
    versions = List.copyOf(versions);
  }

  static VersionedText of(String sql) {
    return new VersionedText(sql, sql, List.of());
  }

  /**
   * Finds the files.
   *
   * @param serialize the answer of {@code json_serialize_sql}
   */
  static VersionedText of(
      VersionCalls calls, Function<Call, Version> finder, UnaryOperator<String> serialize) {
    if (calls.calls().isEmpty()) {
      return of(calls.sql());
    }
    requireTables(calls, serialize);
    Map<Call, Version> versions = new HashMap<>();
    calls.calls().forEach(call -> versions.put(call, finder.apply(call)));
    return new VersionedText(
        calls.with(call -> found(versions, call).checked()),
        calls.with(call -> found(versions, call).relation()),
        versions.values().stream().distinct().toList());
  }

  private static Version found(Map<Call, Version> versions, Call call) {
    return Optional.ofNullable(versions.get(call)).orElseThrow();
  }

  /** Refuses a call among expressions, where the query would become a value. */
  private static void requireTables(VersionCalls calls, UnaryOperator<String> serialize) {
    try {
      JsonNode answer = JSON.readTree(serialize.apply(calls.sql()));
      Set<Integer> tables = new HashSet<>();
      collectTables(answer, SqlPosition.characters(calls.sql()), tables);
      boolean parsed = !answer.path("error").asBoolean();
      if (parsed && !calls.calls().stream().allMatch(call -> tables.contains(call.start()))) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "flashduck."
                + calls.calls().get(0).function().sqlName()
                + " stands where a table stands: SELECT … FROM "
                + calls.calls().get(0).function().example());
      }
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "Cannot read DuckDB's parse tree: " + e.getOriginalMessage(), e);
    }
  }

  /** Where such calls stand by DuckDB's own parse. */
  private static void collectTables(JsonNode node, int[] characters, Set<Integer> found) {
    JsonNode function = node.path("function");
    long at = node.path("query_location").asLong(-1);
    if (node.path("type").asText().equals("TABLE_FUNCTION")
        && isFunction(function.path("function_name").asText())
        && at >= 0
        && at < characters.length) {
      found.add(characters[(int) at]);
    }
    node.forEach(child -> collectTables(child, characters, found));
  }

  private static boolean isFunction(String name) {
    return Arrays.stream(VersionCalls.Function.values())
        .anyMatch(function -> function.sqlName().equalsIgnoreCase(name));
  }

  /** Says so if a statement failed because a version is no longer kept. */
  static FlashDuckException explained(FlashDuckException failure, List<Version> versions) {
    for (Version version : versions) {
      String message = String.valueOf(failure.getMessage());
      if (version.files().stream().anyMatch(file -> message.contains(file.toString()))) {
        return new FlashDuckException(ErrorCode.NOT_FOUND, version.gone(), failure);
      }
    }
    return failure;
  }
}
