package io.flashduck.server.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the known name that a mistyped one probably meant, by edit distance. */
final class NearestName {
  private NearestName() {}

  /** {@code "; did you mean x?"}, or nothing if no known name is near. */
  static String hint(String wrong, Collection<String> known) {
    return find(wrong, known).map(name -> "; did you mean " + name + "?").orElse("");
  }

  static Optional<String> find(String wrong, Collection<String> known) {
    String folded = wrong.toLowerCase(Locale.ROOT).replace('_', '-');
    int limit = Math.max(2, folded.length() / 3);
    return known.stream()
        .filter(name -> distance(folded, fold(name)) <= limit)
        .min(
            Comparator.<String>comparingInt(name -> distance(folded, fold(name)))
                .thenComparing(Comparator.naturalOrder()));
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
