package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.nio.file.Path;

/**
 * One complete consolidated file.
 *
 * <p>Threading: immutable.
 *
 * @param table the table
 * @param file the absolute path
 * @param version the table version that the file holds
 * @param sequence the last write that the file holds
 * @param rows its rows
 * @param bytes its size
 * @param contentHash the order-independent hash over its rows, as in the footer
 */
public record ExportedFile(
    TableName table,
    Path file,
    long version,
    long sequence,
    long rows,
    long bytes,
    String contentHash) {}
