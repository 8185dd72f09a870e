package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every row of the page of clients names tests, and they exist. */
class ClientsPageTest {
  private static final Path PAGE = Path.of("docs", "clients.md");
  private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

  @Test
  void everyRow_namesTestsThatExist() throws IOException {
    Set<String> missing = new TreeSet<>();
    Map<String, String> sources = sources();
    for (String row : rows()) {
      Set<MatchResult> named = TEST.matcher(row).results().collect(Collectors.toSet());
      assertThat(named).as(row).isNotEmpty();
      for (MatchResult test : named) {
        String source = sources.getOrDefault(test.group(1), "");
        if (!source.contains("void " + test.group(2) + "(")) {
          missing.add(test.group());
        }
      }
    }
    assertThat(missing).as("tests named in %s that do not exist", PAGE).isEmpty();
  }

  private static Set<String> rows() throws IOException {
    try (Stream<String> lines = Files.lines(PAGE)) {
      return lines
          .filter(line -> line.startsWith("| "))
          .filter(line -> !line.startsWith("| ---") && !line.startsWith("| what clients do"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** The text of each test class by its simple name. */
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src", "test", "java"))) {
      for (Path file :
          (Iterable<Path>) files.filter(f -> f.toString().endsWith(".java"))::iterator) {
        String name = file.getFileName().toString();
        sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
      }
    }
    return sources;
  }
}
