package io.flashduck.server.render;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@link ArrowValues} as JSON.
 *
 * <p>Numbers keep all their digits (also beyond what a double holds); NaN and the infinities, which
 * JSON lacks, are strings; moments are ISO 8601, blobs base64, everything else its text.
 *
 * <p>Threading: stateless.
 */
public final class ValueJson {
  private ValueJson() {}

  /** Writes one value. */
  public static void write(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Boolean bool) {
      json.writeBoolean(bool);
    } else if (value instanceof Number number) {
      number(json, number);
    } else if (value instanceof byte[] bytes) {
      json.writeBinary(bytes);
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(json, element);
      }
      json.writeEndArray();
    } else if (value instanceof Map<?, ?> struct) {
      json.writeStartObject();
      for (Map.Entry<?, ?> field : struct.entrySet()) {
        json.writeFieldName(String.valueOf(field.getKey()));
        write(json, field.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof MapValue map) {
      json.writeStartObject();
      for (MapValue.Entry entry : map.entries()) {
        json.writeFieldName(ValueText.text(entry.key()));
        write(json, entry.value());
      }
      json.writeEndObject();
    } else if (value instanceof LocalDateTime moment) {
      json.writeString(DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(moment));
    } else if (value instanceof ZonedDateTime moment) {
      json.writeString(DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(moment));
    } else {
      json.writeString(ValueText.text(value));
    }
  }

  private static void number(JsonGenerator json, Number number) throws IOException {
    if (number instanceof Long whole) {
      json.writeNumber(whole);
    } else if (number instanceof BigInteger whole) {
      json.writeNumber(whole);
    } else if (number instanceof BigDecimal exact) {
      json.writeNumber(exact.toPlainString());
    } else if (number instanceof Float single && Float.isFinite(single)) {
      json.writeNumber(single);
    } else if (number instanceof Double real && Double.isFinite(real)) {
      json.writeNumber(real);
    } else {
      json.writeString(number.toString());
    }
  }
}
