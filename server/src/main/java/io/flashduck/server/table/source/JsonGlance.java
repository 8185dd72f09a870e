package io.flashduck.server.table.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * The first records of a JSON file, to see without a query that columns have values.
 *
 * <p>Threading: stateless.
 */
final class JsonGlance {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_BYTES = 1 << 16;
  private static final int MOST_RECORDS = 100;

  private JsonGlance() {}

  /** Those of the fields that surely have text in some record. */
  static Set<String> withText(Path file, Collection<String> fields) {
    Set<String> found = new HashSet<>();
    try {
      if (Files.size(file) > MOST_BYTES) {
        return found;
      }
      try (MappingIterator<JsonNode> records =
          JSON.readerFor(JsonNode.class).readValues(Files.readAllBytes(file))) {
        for (int i = 0; i < MOST_RECORDS && found.size() < fields.size(); i++) {
          if (!records.hasNextValue()) {
            break;
          }
          JsonNode record = records.nextValue();
          fields.stream().filter(name -> record.path(name).isTextual()).forEach(found::add);
        }
      }
    } catch (IOException e) {
      return found; // DuckDB's reader says what is wrong with the file
    }
    return found;
  }
}
