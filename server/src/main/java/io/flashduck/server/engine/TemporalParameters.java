package io.flashduck.server.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * Dates and times as parameters. What Java or DuckDB's driver has no value for is the text that
 * DuckDB reads: infinities, 24:00:00, and what is below a microsecond.
 *
 * <p>Threading: stateless.
 */
final class TemporalParameters {
  private static final long NANOS = 1_000_000_000L;
  private static final long DAY_SECONDS = 86_400;
  private static final long DAY_NANOS = DAY_SECONDS * NANOS;

  private TemporalParameters() {}

  /** The value of a present row; empty if the vector is of another type. */
  static Optional<Object> value(ValueVector vector, int row) {
    if (vector instanceof DateDayVector v) {
      return Optional.of(date(v.get(row)));
    }
    if (vector instanceof DateMilliVector v) {
      return Optional.of(LocalDate.ofEpochDay(Math.floorDiv(v.get(row), DAY_SECONDS * 1_000)));
    }
    if (vector instanceof TimeSecVector v) {
      return Optional.of(time(v.get(row) * NANOS));
    }
    if (vector instanceof TimeMilliVector v) {
      return Optional.of(time(v.get(row) * 1_000_000L));
    }
    if (vector instanceof TimeMicroVector v) {
      return Optional.of(time(v.get(row) * 1_000L));
    }
    if (vector instanceof TimeNanoVector v) {
      return Optional.of(time(v.get(row)));
    }
    if (vector instanceof TimeStampVector v) {
      return Optional.of(timestamp((ArrowType.Timestamp) v.getField().getType(), v.get(row)));
    }
    if (vector instanceof DurationVector v) {
      Duration duration = v.getObject(row);
      return Optional.of(
          Math.addExact(duration.getSeconds() * 1_000_000L, duration.getNano() / 1_000L)
              + " microseconds");
    }
    return Optional.empty();
  }

  private static Object date(int days) {
    boolean infinite = days == Integer.MAX_VALUE || days == -Integer.MAX_VALUE;
    return infinite ? infinity(days) : LocalDate.ofEpochDay(days);
  }

  private static String infinity(long sign) {
    return sign > 0 ? "infinity" : "-infinity";
  }

  private static Object time(long nanos) {
    if (nanos == DAY_NANOS) {
      return "24:00:00";
    }
    LocalTime time = LocalTime.ofNanoOfDay(nanos);
    return nanos % 1_000 == 0 ? time : time.toString();
  }

  private static Object timestamp(ArrowType.Timestamp type, long value) {
    if (value == Long.MAX_VALUE || value == -Long.MAX_VALUE) {
      return infinity(value);
    }
    long unitsPerSecond = unitsPerSecond(type.getUnit());
    Instant instant =
        Instant.ofEpochSecond(
            Math.floorDiv(value, unitsPerSecond),
            Math.floorMod(value, unitsPerSecond) * (NANOS / unitsPerSecond));
    OffsetDateTime time = OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
    Object plain = type.getTimezone() == null ? time.toLocalDateTime() : time;
    boolean fine = type.getUnit() == TimeUnit.NANOSECOND && value % 1_000 != 0;
    return fine ? plain.toString() : plain;
  }

  private static long unitsPerSecond(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> NANOS;
    };
  }
}
