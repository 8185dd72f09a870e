package io.flashduck.server.table.apply;

import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.source.FileProbe;
import io.flashduck.server.table.source.SchemaUnion.FileSchema;
import java.nio.file.Path;

/**
 * A source file that was looked into and is to be read.
 *
 * <p>Threading: immutable.
 *
 * @param file the file as the scan saw it
 * @param path where it is
 * @param probe what is in it
 */
record ProbedFile(SourceFile file, Path path, FileProbe probe) {
  FileSchema schema() {
    return new FileSchema(file.path(), probe.columns());
  }
}
