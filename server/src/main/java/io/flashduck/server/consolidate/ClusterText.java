package io.flashduck.server.consolidate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The footer's form of {@link Cluster}s: JSON, one array per row group, of its hash or null and the
 * values of its lower bound.
 *
 * <p>Threading: thread-safe.
 */
final class ClusterText {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PLAIN = "rows";

  private ClusterText() {}

  static String write(List<Cluster> clusters) {
    ArrayNode all = JSON.createArrayNode();
    for (Cluster cluster : clusters) {
      ArrayNode one = all.addArray();
      one.add(cluster.hash().map(hash -> hash.text(PLAIN)).orElse(null));
      cluster.lower().ifPresent(bound -> bound.values().forEach(one::add));
    }
    return all.toString();
  }

  /** The clusters; empty if the text is not one that {@link #write} made. */
  static Optional<List<Cluster>> read(String text) {
    try {
      List<Cluster> clusters = new ArrayList<>();
      for (JsonNode one : JSON.readTree(text)) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i < one.size(); i++) {
          values.add(one.get(i).asText());
        }
        Optional<ContentHash> hash =
            one.path(0).isTextual()
                ? Optional.of(ContentHash.parse(one.get(0).asText()))
                : Optional.empty();
        clusters.add(
            new Cluster(
                values.isEmpty() ? Optional.empty() : Optional.of(new KeyBound(values)), hash));
      }
      return Optional.of(clusters);
    } catch (JsonProcessingException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
