package io.flashduck.server.differential;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;

/** The sqllogictest files of SQLite, as {@code net.hydromatic:sql-logic-test} packs them. */
final class Corpus {
  private static final String FOLDER = "test/";

  private Corpus() {}

  /** The paths of all files below the corpus' folder, in order of their names. */
  static List<String> files() throws IOException {
    JarURLConnection jar = (JarURLConnection) resource("select1.test").openConnection();
    return jar.getJarFile().stream()
        .map(ZipEntry::getName)
        .filter(name -> name.startsWith(FOLDER) && name.endsWith(".test"))
        .map(name -> name.substring(FOLDER.length()))
        .sorted()
        .toList();
  }

  /** One file's text; caller closes. */
  static BufferedReader open(String file) throws IOException {
    return new BufferedReader(
        new InputStreamReader(resource(file).openStream(), StandardCharsets.UTF_8));
  }

  private static URL resource(String file) {
    return Objects.requireNonNull(
        Corpus.class.getClassLoader().getResource(FOLDER + file), file + " is not in the corpus");
  }
}
