package io.flashduck.examples.tpch;

import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes the eight tables of TPC-H as text, byte for byte what the benchmark's own generator makes.
 *
 * <p>Arguments: {@code FOLDER [SCALE_FACTOR]}. The files are {@code table.N.tbl}: fields separated
 * by {@code |}, no header, large tables in several parts.
 *
 * <p>Threading: one thread per processor, each writing one part at a time.
 */
public final class TpchData {

  private static final int PARTS = 4;

  private TpchData() {}

  /** Writes all tables. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length < 1) {
      throw new IllegalArgumentException("usage: TpchData FOLDER [SCALE_FACTOR]");
    }
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    double scale = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 1;
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<Long>> parts = new ArrayList<>();
      for (TpchTable<?> table : TpchTable.getTables()) {
        int count = isLarge(table) ? PARTS : 1;
        for (int part = 1; part <= count; part++) {
          int number = part;
          parts.add(pool.submit(() -> write(table, scale, number, count, folder)));
        }
      }
      long rows = 0;
      for (Future<Long> part : parts) {
        rows += part.get();
      }
      System.out.println("wrote " + rows + " rows to " + folder);
    } catch (ExecutionException failure) {
      throw new IOException("the data could not be written to " + folder, failure.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static boolean isLarge(TpchTable<?> table) {
    return table == TpchTable.LINE_ITEM || table == TpchTable.ORDERS;
  }

  private static long write(TpchTable<?> table, double scale, int part, int parts, Path folder)
      throws IOException {
    Path file = folder.resolve(table.getTableName() + "." + part + ".tbl");
    long rows = 0;
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII)) {
      for (TpchEntity row : table.createGenerator(scale, part, parts)) {
        String line = row.toLine();
        out.write(line, 0, line.length() - 1); // without the separator after the last field
        out.write('\n');
        rows++;
      }
    }
    return rows;
  }
}
