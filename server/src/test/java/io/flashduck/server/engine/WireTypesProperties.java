package io.flashduck.server.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;

/** For nested types made at random, the announced schema is the streamed one. */
final class WireTypesProperties {
  private static final EngineFixture FIXTURE = new EngineFixture(temporaryFolder());
  private static final ClientConnection CLIENT = FIXTURE.engine.openClient();

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("flashduck-wire");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterContainer
  static void close() {
    CLIENT.close();
    FIXTURE.close();
  }

  @Provide
  Arbitrary<String> types() {
    Arbitrary<String> leaves =
        Arbitraries.of(
            "INTEGER",
            "VARCHAR",
            "ENUM('a','b')",
            "BIT",
            "DECIMAL(9,3)",
            "TIMETZ",
            "UHUGEINT",
            "TIMESTAMPTZ",
            "BLOB",
            "HUGEINT",
            "UUID",
            "BOOLEAN");
    return Arbitraries.lazyOf(
        () -> leaves,
        () -> leaves,
        () -> types().map(t -> t + "[]"),
        () -> types().map(t -> t + "[2]"),
        () ->
            Combinators.combine(types(), types())
                .as((a, b) -> "STRUCT(x " + a + ", \"y z\" " + b + ")"),
        () -> Combinators.combine(leaves, types()).as((k, v) -> "MAP(" + k + ", " + v + ")"));
  }

  @Property(tries = 150)
  void describe_ofNestedTypes_announcesWhatIsStreamed(
      @ForAll("types") String first, @ForAll("types") String second) {
    WireTypesTest.assertAnnounced(
        FIXTURE, CLIENT, "SELECT NULL::" + first + " AS a, NULL::" + second + " AS \"b \"\"\"");
  }
}
