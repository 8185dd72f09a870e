package io.flashduck.server.flight;

import java.util.List;

/**
 * What DuckDB 2.0 or Arrow cannot carry, for the page of the types; TypeLimitsTest and PutTypesTest
 * pin them.
 */
final class TypeLimits {
  static final List<String> TEXTS =
      List.of(
          "INTERVAL: Arrow counts nanoseconds in 64 bits; a time part beyond ±292 years wraps around.",
          "INTERVAL: what is below a microsecond is cut off on the way in.",
          "GEOMETRY with a reference system has it in mode strict, in the metadata `crs` of geoarrow.wkb; in the others not."
              + " In, DuckDB keeps PROJJSON, WKT2 and OGC:CRS84, and drops a name that it does not know, such as EPSG:4326.",
          "ENUM comes back from an ingest as VARCHAR: Arrow's dictionary does not say that its values"
              + " are all that are allowed.",
          "UNION: one whose member is null comes in as NULL; as a parameter elsewhere than in INSERT … VALUES, one with"
              + " two members of one type is refused.",
          "UNION[n] goes out as UNION[]: Arrow's Java has no lists of fixed size of unions.",
          "In, refused with what to send instead: LargeList, ListView, dense Union, Float16, Decimal256, Struct without"
              + " members, FixedSizeList of size 0; Decimal32 and Decimal64, which Arrow's Java does not read.",
          "MAP: a key that stands twice, or is null, is refused.",
          "A TUPLE is a STRUCT with the names `element1`, `element2`, … on the wire.");

  private TypeLimits() {}
}
