package io.flashduck.server.sync;

import io.flashduck.server.config.DataFormat;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The rules for single names: what is hidden or temporary, and what an ending means. */
final class FileNames {
  /** Separates a table's name from the rest of the name of one of its files. */
  static final String PARTITION_MARK = "_partition_";

  private static final Map<String, DataFormat> FORMATS =
      Map.ofEntries(
          Map.entry(".parquet", DataFormat.PARQUET),
          Map.entry(".csv", DataFormat.CSV),
          Map.entry(".tsv", DataFormat.TSV),
          Map.entry(".json", DataFormat.JSON),
          Map.entry(".ndjson", DataFormat.NDJSON),
          Map.entry(".jsonl", DataFormat.NDJSON),
          Map.entry(".arrow", DataFormat.ARROW),
          Map.entry(".feather", DataFormat.ARROW),
          Map.entry(".ipc", DataFormat.ARROW),
          Map.entry(".arrows", DataFormat.ARROW));

  private static final Set<String> TEMPORARY_ENDINGS =
      Set.of(
          ".tmp",
          ".temp",
          ".part",
          ".partial",
          ".crdownload",
          ".download",
          ".filepart",
          ".swp",
          ".swo",
          ".swx");

  /** Folders that operating systems and file servers make. */
  private static final Set<String> SYSTEM_FOLDERS =
      Set.of("lost+found", "$recycle.bin", "system volume information", "@eadir");

  /** Endings of data that is not read; the message says what to do instead. */
  private static final Map<String, String> UNSUPPORTED =
      Map.of(
          ".xlsx", "Excel",
          ".xls", "Excel",
          ".xlsm", "Excel",
          ".ods", "OpenDocument",
          ".avro", "Avro",
          ".orc", "ORC");

  private static final List<String> OTHER_COMPRESSIONS =
      List.of(".bz2", ".xz", ".zip", ".lz4", ".br", ".z", ".7z", ".snappy");

  /** What DuckDB puts before the name of a file while it replaces it. */
  private static final String REPLACEMENT_PREFIX = "tmp_";

  private FileNames() {}

  /**
   * A name that says what it holds.
   *
   * @param stem the name without its endings
   */
  record DataName(String stem, FileFormat format) {
    /** The table's name: the stem, up to the first {@code _partition_} with something behind it. */
    String tableName() {
      int mark = stem.indexOf(PARTITION_MARK);
      boolean partition = mark > 0 && mark + PARTITION_MARK.length() < stem.length();
      return Normalizer.normalize(partition ? stem.substring(0, mark) : stem, Normalizer.Form.NFC);
    }
  }

  /** Whether a file or folder of that name is never looked at. */
  static boolean hiddenOrTemporary(String name) {
    char first = name.charAt(0);
    char last = name.charAt(name.length() - 1);
    return first == '.'
        || first == '~'
        || last == '~'
        || (first == '#' && last == '#')
        || TEMPORARY_ENDINGS.contains(ending(name));
  }

  /** Whether a hidden or temporary name is that of data, apart from what makes it one. */
  static boolean looksLikeData(String name) {
    String bare = name.replaceAll("^[.~#_$]+|[~#]+$", "");
    while (TEMPORARY_ENDINGS.contains(ending(bare))) {
      bare = bare.substring(0, bare.lastIndexOf('.'));
    }
    return data(bare).isPresent();
  }

  /** Whether a folder of that name is never looked into. */
  static boolean ignoredFolder(String name) {
    return hiddenOrTemporary(name)
        || (name.charAt(0) == '_' && name.indexOf('=') < 0)
        || SYSTEM_FOLDERS.contains(name.toLowerCase(Locale.ROOT));
  }

  /** The name that is being replaced while a file of this name exists beside it. */
  static Optional<String> replaces(String name) {
    return name.startsWith(REPLACEMENT_PREFIX) && name.length() > REPLACEMENT_PREFIX.length()
        ? Optional.of(name.substring(REPLACEMENT_PREFIX.length()))
        : Optional.empty();
  }

  /** The name that a replacement of this name has meanwhile. */
  static String replacementOf(String name) {
    return REPLACEMENT_PREFIX + name;
  }

  /** What the name says about its content; empty if it says nothing that can be read. */
  static Optional<DataName> data(String name) {
    Compression compression = compression(name);
    String bare = name.substring(0, name.length() - compression.suffix().length());
    DataFormat format = FORMATS.get(ending(bare));
    if (format == null || (compression != Compression.NONE && !format.text())) {
      return Optional.empty();
    }
    String stem = bare.substring(0, bare.lastIndexOf('.'));
    return stem.isEmpty()
        ? Optional.empty()
        : Optional.of(new DataName(stem, new FileFormat(format, compression)));
  }

  /** The format of a file that {@code tables.yaml} gives one, whatever its name ends in. */
  static FileFormat given(DataFormat format, String name) {
    return new FileFormat(format, format.text() ? compression(name) : Compression.NONE);
  }

  /** What is wrong with a name that means data which cannot be read. */
  static Optional<String> unsupported(String name) {
    String ending = ending(name);
    String kind = UNSUPPORTED.get(ending);
    if (kind != null) {
      return Optional.of(kind + " files are not supported");
    }
    String inner = ending(name.substring(0, name.length() - ending.length()));
    DataFormat format = FORMATS.get(inner);
    if (format == null) {
      return Optional.empty();
    }
    if (OTHER_COMPRESSIONS.contains(ending)) {
      return Optional.of(ending + " compression is not supported");
    }
    boolean known = compression(name) != Compression.NONE;
    return known && !format.text()
        ? Optional.of("a " + inner + " file is not compressed as a whole")
        : Optional.empty();
  }

  private static Compression compression(String name) {
    return switch (ending(name)) {
      case ".gz" -> Compression.GZIP;
      case ".zst" -> Compression.ZSTD;
      default -> Compression.NONE;
    };
  }

  /** The last dot and what follows, in lower case; empty without a dot. */
  private static String ending(String name) {
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot).toLowerCase(Locale.ROOT);
  }
}
