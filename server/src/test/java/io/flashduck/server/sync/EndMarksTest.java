package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EndMarksTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @CsvSource({
    "PARQUET, PAR1dataFOOT#04#00#00#00PAR1, true",
    "PARQUET, PAR1dataFOOT#04#00#00#00PAR, false",
    "PARQUET, PAR1dataFOOT#ff#00#00#00PAR1, false",
    "PARQUET, PAR1dataFOOT#ff#ff#ff#ffPAR1, false",
    "PARQUET, XXXXdataFOOT#04#00#00#00PAR1, false",
    "PARQUET, PAR1, false",
    "ARROW, ARROW1##datadataARROW1, true",
    "ARROW, ARROW1##datadata, false",
    "ARROW, datadata#ff#ff#ff#ff#00#00#00#00, true",
    "ARROW, datadatadata, false",
    "CSV, PAR1dataFOOT#04#00#00#00PAR1, false",
  })
  void complete_content_isSeenByItsEnd(DataFormat format, String content, boolean expected)
      throws IOException {
    byte[] bytes = bytes(content);
    Files.write(dir.resolve("a"), bytes);
    SourceFile file =
        new SourceFile(
            TableName.ofMain("a"),
            "a",
            FileFormat.of(format),
            Map.of(),
            "",
            new FileStamp(bytes.length, 0, 0, 0));
    assertThat(new EndMarks(dir).complete(file)).isEqualTo(expected);
    Files.delete(dir.resolve("a"));
    assertThat(new EndMarks(dir).complete(file)).isFalse();
  }

  private static byte[] bytes(String content) {
    StringBuilder latin = new StringBuilder();
    for (int i = 0; i < content.length(); i++) {
      if (content.charAt(i) == '#' && content.charAt(i + 1) != '#') {
        latin.append((char) Integer.parseInt(content.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        latin.append(content.charAt(i));
      }
    }
    return latin.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
