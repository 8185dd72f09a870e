package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EngineTest {
  @TempDir Path folder;

  @Test
  void open_newFolder_isRecreatedAndNamesTheCatalog() {
    try (Engine engine = Engine.open(EngineFixture.settings(folder));
        EngineConnection connection = engine.openInternal()) {
      assertThat(engine.recreated()).isTrue();
      assertThat(
              connection.query(
                  "SELECT current_database() || '.' || current_schema()", r -> r.getString(1)))
          .containsExactly("flashduck_db.main");
    }
  }

  @Test
  void open_existingFile_keepsItsContent() {
    try (Engine engine = Engine.open(EngineFixture.settings(folder));
        EngineConnection connection = engine.openInternal()) {
      connection.execute("CREATE TABLE kept AS SELECT 42 AS x");
    }
    try (Engine engine = Engine.open(EngineFixture.settings(folder));
        EngineConnection connection = engine.openInternal()) {
      assertThat(engine.recreated()).isFalse();
      assertThat(connection.query("SELECT x FROM kept", r -> r.getInt(1))).containsExactly(42);
    }
  }

  @Test
  void open_damagedFile_isMovedAsideAndCreatedAnew() throws IOException {
    Path file = folder.resolve("state/cache.duckdb");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "this is not a database, although it is long enough".repeat(500));
    try (Engine engine = Engine.open(EngineFixture.settings(folder))) {
      assertThat(engine.recreated()).isTrue();
      assertThat(file.resolveSibling("cache.duckdb.unreadable")).exists();
    }
  }

  @Test
  void open_headerOfAnotherStorageVersion_isCreatedAnew() throws IOException {
    Path file = folder.resolve("state/cache.duckdb");
    Engine.open(EngineFixture.settings(folder)).close();
    byte[] bytes = Files.readAllBytes(file);
    bytes[12] = (byte) 200; // the storage version, after the checksum and the magic bytes
    Files.write(file, bytes);
    try (Engine engine = Engine.open(EngineFixture.settings(folder))) {
      assertThat(engine.recreated()).isTrue();
    }
  }

  @Test
  void open_truncatedFile_isCreatedAnew() throws IOException {
    Path file = folder.resolve("state/cache.duckdb");
    try (Engine engine = Engine.open(EngineFixture.settings(folder));
        EngineConnection connection = engine.openInternal()) {
      connection.execute("CREATE TABLE t AS SELECT range AS x, random() AS r FROM range(500000)");
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 4));
    try (Engine engine = Engine.open(EngineFixture.settings(folder));
        EngineConnection connection = engine.openInternal()) {
      assertThat(engine.recreated()).isTrue();
      assertThat(connection.query("SELECT 1", r -> r.getInt(1))).containsExactly(1);
    }
  }

  @Test
  void internalConnection_outsideTheAllowedFolders_isRefused() throws IOException {
    EngineSettings settings = EngineFixture.settings(folder);
    Path secret = Files.writeString(folder.resolve("secret.csv"), "a\n1\n");
    Path allowed = Files.writeString(folder.resolve("data/open.csv"), "a\n1\n");
    Path link = Files.createSymbolicLink(folder.resolve("data/link.csv"), secret);
    try (Engine engine = Engine.open(settings);
        EngineConnection connection = engine.openInternal()) {
      assertThat(connection.query("SELECT a FROM '" + allowed + "'", r -> r.getInt(1)))
          .containsExactly(1);
      for (Path outside : List.of(secret, link, folder.resolve("data/../secret.csv"))) {
        assertThatThrownBy(() -> connection.execute("SELECT a FROM '" + outside + "'"))
            .isInstanceOfSatisfying(
                FlashDuckException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
      }
    }
  }

  @Test
  void configuration_afterOpen_isLocked() {
    try (Engine engine = Engine.open(EngineFixture.settings(folder));
        EngineConnection connection = engine.openInternal()) {
      for (String sql :
          List.of(
              "SET enable_external_access = true",
              "SET memory_limit = '1KB'",
              "SET lock_configuration = false",
              "SET allowed_directories = ['/']",
              "RESET allowed_directories",
              "LOAD httpfs",
              "ATTACH '/tmp/other.duckdb'")) {
        assertThatThrownBy(() -> connection.execute(sql))
            .as(sql)
            .isInstanceOf(FlashDuckException.class);
      }
      connection.execute("SET TimeZone = 'Europe/Paris'");
    }
  }

  @Test
  void close_withOpenConnections_stillWritesTheFile() {
    Engine engine = Engine.open(EngineFixture.settings(folder));
    EngineConnection connection = engine.openInternal();
    connection.execute("CREATE TABLE t AS SELECT 1 AS x");
    engine.close();
    connection.close();
    try (Engine again = Engine.open(EngineFixture.settings(folder));
        EngineConnection reader = again.openInternal()) {
      assertThat(reader.query("SELECT x FROM t", r -> r.getInt(1))).containsExactly(1);
    }
    assertThatThrownBy(() -> connection.execute("SELECT 1"))
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SHUTTING_DOWN));
  }
}
