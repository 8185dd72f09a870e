package io.flashduck.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ConfigReferenceTest {
  private static final Path PAGE = Path.of("docs", "configuration.md");

  @Test
  void referencePage_comparedWithTheKeys_isUpToDate() throws IOException {
    if (Boolean.getBoolean("flashduck.docs.write")) {
      Files.writeString(PAGE, ConfigReference.markdown());
    }
    assertThat(Files.readString(PAGE))
        .as(
            "server/docs/configuration.md is stale; regenerate it with ./mvnw -pl server -am test"
                + " -Dtest=ConfigReferenceTest -Dflashduck.docs.write=true")
        .isEqualTo(ConfigReference.markdown());
  }
}
