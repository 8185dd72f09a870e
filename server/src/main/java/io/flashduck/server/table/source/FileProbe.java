package io.flashduck.server.table.source;

import java.util.List;
import java.util.Optional;

/**
 * What a look into a source file found: its columns, and how to read it.
 *
 * <p>Threading: immutable.
 *
 * @param columns in the file's order, those of its folder's name last
 * @param reading how to read it
 */
public record FileProbe(List<SourceColumn> columns, Reading reading) {
  public FileProbe {
    columns = List.copyOf(columns);
  }

  /** How a file is read. */
  public sealed interface Reading {
    /** With DuckDB's Parquet reader. */
    record Parquet() implements Reading {}

    /**
     * With DuckDB's CSV reader, without looking again for what is known.
     *
     * @param options the reader's options in SQL, each with a comma in front
     * @param columns the names in the file, in order
     * @param guessed whether the types come from a sample and may be wrong further on
     */
    record Csv(String options, List<String> columns, boolean guessed) implements Reading {
      public Csv {
        columns = List.copyOf(columns);
      }
    }

    /**
     * With DuckDB's JSON reader.
     *
     * @param options the reader's options in SQL, each with a comma in front
     * @param nulls texts that mean null, which the reader does not know
     */
    record Json(String options, Optional<JsonNulls> nulls) implements Reading {}

    /** Through Arrow's reader. */
    record Arrow() implements Reading {}
  }
}
