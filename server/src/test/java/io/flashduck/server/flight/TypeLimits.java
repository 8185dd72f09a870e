package io.flashduck.server.flight;

import java.util.List;

/** What DuckDB 2.0 or Arrow cannot carry, for the page of the types; TypeLimitsTest pins each. */
final class TypeLimits {
  static final List<String> TEXTS =
      List.of(
          "INTERVAL: Arrow counts nanoseconds in 64 bits; a time part beyond ±292 years wraps around.",
          "INTERVAL: what is below a microsecond is cut off on the way in.",
          "GEOMETRY with a reference system goes out without it.",
          "ENUM comes back from an ingest as VARCHAR: Arrow's dictionary does not say that its values"
              + " are all that are allowed.",
          "A TUPLE is a STRUCT with the names `element1`, `element2`, … on the wire.");

  private TypeLimits() {}
}
