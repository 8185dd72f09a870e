package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class ChannelFileLayerTest extends FileLayerContract {
  @TempDir Path parent;

  private final FileLayer files = new ChannelFileLayer();

  @Override
  FileLayer files() {
    return files;
  }

  @Override
  Path directory() {
    return parent.resolve("state").resolve("writes");
  }

  @Test
  void createDirectories_twice_exists() throws IOException {
    files.createDirectories(directory());
    files.createDirectories(directory());
    assertThat(Files.isDirectory(directory())).isTrue();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void write_fullDevice_noSpace() throws IOException {
    try (OpenFile full = files.open(Path.of("/dev/full"), OpenMode.UPDATE)) {
      assertThatThrownBy(() -> full.write(ByteBuffer.allocate(8), 0))
          .isInstanceOf(NoSpaceException.class)
          .hasMessageContaining("/dev/full");
    }
  }
}
