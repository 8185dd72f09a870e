package io.flashduck.server.sync;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Folders like {@code day=2026-01-01}, as Hive names them: escaped with {@code %} and hex. */
final class HivePartitions {
  private HivePartitions() {}

  static boolean isPartition(String folder) {
    return folder.indexOf('=') > 0;
  }

  /** Text by column name of those folders that are partitions; empty if a column comes twice. */
  static Optional<Map<String, String>> of(List<String> folders) {
    Map<String, String> partitions = new LinkedHashMap<>();
    Set<String> seen = new HashSet<>();
    for (String folder : folders) {
      int equals = folder.indexOf('=');
      if (equals > 0) {
        String column = unescape(folder.substring(0, equals));
        if (!seen.add(column.toLowerCase(Locale.ROOT))) {
          return Optional.empty();
        }
        partitions.put(column, unescape(folder.substring(equals + 1)));
      }
    }
    return Optional.of(partitions);
  }

  /** What is not a valid escape stays as it is. */
  private static String unescape(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(in.length);
    for (int i = 0; i < in.length; i++) {
      int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
      int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
      if (in[i] == '%' && high >= 0 && low >= 0) {
        out.put((byte) (high * 16 + low));
        i += 2;
      } else {
        out.put(in[i]);
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
    } catch (CharacterCodingException e) {
      return text;
    }
  }
}
