package io.flashduck.server.sync;

/**
 * A file or folder that looks like data but is not used.
 *
 * <p>Threading: immutable.
 *
 * @param path relative to the data folder
 * @param reason the kind of problem
 * @param detail what is wrong, in words
 * @param advice what to do
 */
public record RejectedPath(String path, Reason reason, String detail, String advice) {
  /** Kinds of problems. */
  public enum Reason {
    /**
     * No permission, or the operating system failed to read it; rows of its last good state stay.
     */
    UNREADABLE,
    /** A data format, or a compression of it, that is not supported. */
    UNSUPPORTED_FORMAT,
    /** Deeper than schema and file, and nothing says which table it is. */
    NESTED_TOO_DEEP,
    /** Two tables of {@code tables.yaml} claim it. */
    AMBIGUOUS,
    /** In a schema that is DuckDB's or FlashDuck's own. */
    RESERVED_SCHEMA,
    /** A {@code name=value} folder that is given twice on the way, or stands at the top. */
    BAD_PARTITION,
    /** A pipe, a socket, a device. */
    NOT_A_FILE,
    /**
     * A symbolic link out of the data folder, into FlashDuck's folders, to itself, or to nothing.
     */
    BAD_LINK,
    /** A hidden or temporary name of what would be data otherwise. */
    HIDDEN_OR_TEMPORARY,
    /** A name that is not valid in the file system's character set. */
    UNDECODABLE_NAME,
    /** {@code tables.yaml} has errors; its last good content is in force. */
    BROKEN_TABLES_FILE
  }

  /** Whether there is nothing wrong: it is left alone because of its name. */
  public boolean leftAlone() {
    return reason == Reason.HIDDEN_OR_TEMPORARY;
  }

  /** Whether rows that were loaded from here earlier stay until it can be read again. */
  public boolean keepsLoadedRows() {
    return reason == Reason.UNREADABLE;
  }
}
