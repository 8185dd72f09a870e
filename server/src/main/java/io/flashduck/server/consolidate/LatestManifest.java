package io.flashduck.server.consolidate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;

/**
 * {@code latest.json}: what each consolidated file holds, for consumers that poll. Replaced
 * atomically, after the files that it names.
 *
 * <p>Threading: confined to the export lane.
 */
final class LatestManifest {
  private static final int FORMAT = 1;

  private final ExportLayout layout;
  private final ExportFiles files;
  private final ObjectMapper json = new ObjectMapper();

  LatestManifest(ExportLayout layout, ExportFiles files) {
    this.layout = layout;
    this.files = files;
  }

  void write(Collection<ExportedFile> exported) throws IOException {
    ObjectNode root = json.createObjectNode().put("format", FORMAT);
    ArrayNode tables = root.putArray("tables");
    for (ExportedFile file : exported) {
      tables
          .addObject()
          .put("schema", file.table().schema())
          .put("table", file.table().name())
          .put("file", relative(file.file()))
          .put("version", file.version())
          .put("sequence", file.sequence())
          .put("rows", file.rows())
          .put("bytes", file.bytes())
          .put("hash", file.contentHash());
    }
    byte[] text = json.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    Path part = layout.newPart("latest");
    try (FileChannel channel =
        files.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      files.write(channel, ByteBuffer.wrap(text), 0);
      files.force(channel);
    }
    files.replace(part, layout.manifest());
    files.forceDirectory(layout.folder());
  }

  /** With forward slashes on every system. */
  private String relative(Path file) {
    StringBuilder text = new StringBuilder();
    for (Path name : layout.folder().relativize(file)) {
      text.append(text.isEmpty() ? "" : "/").append(name);
    }
    return text.toString();
  }
}
