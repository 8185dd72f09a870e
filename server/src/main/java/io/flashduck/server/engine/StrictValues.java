package io.flashduck.server.engine;

import org.apache.arrow.memory.ArrowBuf;

/**
 * Reads DuckDB's texts of UUID and TIMETZ into the bytes that their Arrow extension types have.
 *
 * <p>Threading: stateless.
 */
final class StrictValues {
  /** DuckDB keeps the offset as the distance to this one, so that times sort by their instant. */
  private static final int MAX_OFFSET_SECONDS = 16 * 3600 - 1;

  private static final int OFFSET_BITS = 24;
  private static final int MICRO_DIGITS = 6;

  private StrictValues() {}

  /** Reads the text from {@code start} to {@code end} and writes bytes. */
  @FunctionalInterface
  interface Writer {
    void write(ArrowBuf text, int start, int end, ArrowBuf to, long at);
  }

  /** 16 bytes, the most significant first. */
  static void writeUuid(ArrowBuf text, int start, int end, ArrowBuf to, long at) {
    long written = at;
    int high = -1;
    for (int i = start; i < end; i++) {
      int digit = Character.digit(text.getByte(i), 16);
      if (digit < 0) {
        continue;
      }
      if (high < 0) {
        high = digit;
      } else {
        to.setByte(written++, (high << 4) | digit);
        high = -1;
      }
    }
  }

  /** DuckDB's {@code dtime_tz_t}: microseconds above 24 bits of offset, little-endian. */
  static void writeTimeTz(ArrowBuf text, int start, int end, ArrowBuf to, long at) {
    to.setLong(at, timeTz(text, start, end));
  }

  private static long timeTz(ArrowBuf text, int start, int end) {
    int zone = start;
    while (text.getByte(zone) != '+' && text.getByte(zone) != '-') {
      zone++;
    }
    int dot = start;
    while (dot < zone && text.getByte(dot) != '.') {
      dot++;
    }
    long micros = 0;
    for (int digit = 1; digit <= MICRO_DIGITS; digit++) {
      int value = dot + digit < zone ? text.getByte(dot + digit) - '0' : 0;
      micros = micros * 10 + value;
    }
    micros += seconds(text, start, dot) * 1_000_000L;
    long offset = seconds(text, zone + 1, end);
    long signed = text.getByte(zone) == '-' ? -offset : offset;
    return (micros << OFFSET_BITS) | (MAX_OFFSET_SECONDS - signed);
  }

  /** {@code HH}, {@code HH:MM} or {@code HH:MM:SS}. */
  private static long seconds(ArrowBuf text, int start, int end) {
    long total = 0;
    int unit = 3600;
    for (int at = start; at < end; at += 3) {
      total += (long) unit * ((text.getByte(at) - '0') * 10 + text.getByte(at + 1) - '0');
      unit /= 60;
    }
    return total;
  }
}
