package io.flashduck.server.table.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of equal columns have equal schemas, and no bytes are too strange. */
final class ParquetFooterTest {
  @TempDir Path dir;

  private Path write(String name, String query) throws SQLException {
    Path file = dir.resolve(name);
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
    }
    return file;
  }

  private ByteBuffer schema(String name, String query) throws SQLException {
    return ParquetFooter.schema(write(name, query)).orElseThrow();
  }

  @Test
  void schema_sameColumnsOtherRows_isEqual() throws SQLException {
    ByteBuffer few = schema("a.parquet", "SELECT i AS id, 'x' || i AS s FROM range(3) r(i)");
    ByteBuffer many = schema("b.parquet", "SELECT i AS id, 'x' || i AS s FROM range(300000) r(i)");
    assertThat(many).isEqualTo(few);
  }

  @Test
  void schema_otherNameTypeOrNesting_differs() throws SQLException {
    ByteBuffer plain = schema("a.parquet", "SELECT 1::BIGINT AS id");
    assertThat(schema("b.parquet", "SELECT 1::BIGINT AS ie")).isNotEqualTo(plain);
    assertThat(schema("c.parquet", "SELECT 1::INTEGER AS id")).isNotEqualTo(plain);
    assertThat(schema("d.parquet", "SELECT 1::UBIGINT AS id")).isNotEqualTo(plain);
    assertThat(schema("e.parquet", "SELECT [1::BIGINT] AS id")).isNotEqualTo(plain);
    assertThat(schema("f.parquet", "SELECT 1::DECIMAL(18,1) AS id"))
        .isNotEqualTo(schema("g.parquet", "SELECT 1::DECIMAL(18,2) AS id"));
  }

  @Test
  void schema_footerLargerThanTheEndThatIsReadAtOnce_isFound() throws SQLException {
    StringBuilder columns = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      columns.append(i == 0 ? "" : ", ").append(i).append(" AS a_rather_long_name_").append(i);
    }
    assertThat(schema("wide.parquet", "SELECT " + columns).remaining()).isGreaterThan(10_000);
  }

  @Test
  void schema_damagedBytes_isEmptyOrFound() throws SQLException, IOException {
    byte[] good =
        Files.readAllBytes(write("a.parquet", "SELECT i AS id, [i] AS l FROM range(9) r(i)"));
    Path damaged = dir.resolve("damaged.parquet");
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = good.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(bytes.length - 4)] = (byte) random.nextInt();
      }
      Files.write(damaged, bytes);
      assertThat(ParquetFooter.schema(damaged)).isNotNull();
    }
    Files.write(damaged, new byte[] {'P', 'A', 'R', '1'});
    assertThat(ParquetFooter.schema(damaged)).isEmpty();
    assertThat(ParquetFooter.schema(dir.resolve("none.parquet"))).isEmpty();
  }
}
