package io.flashduck.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlobTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          *.csv        | a.csv         | true
          *.csv        | x/a.csv       | false
          **/*.csv     | a.csv         | true
          **/*.csv     | x/y/a.csv     | true
          **/*.csv     | x/y/a.tsv     | false
          x/**         | x/y/a.csv     | true
          x/**         | xx/a.csv      | false
          x/**/b.csv   | x/b.csv       | true
          x/**/b.csv   | x/y/z/b.csv   | true
          x/**/b.csv   | x/ab.csv      | false
          a?.csv       | ab.csv        | true
          a?.csv       | a/.csv        | false
          [a-c]1.csv   | b1.csv        | true
          [!a-c]1.csv  | b1.csv        | false
          [!a-c]1.csv  | /1.csv        | false
          {a,b*}.csv   | bcd.csv       | true
          {a,b*}.csv   | c.csv         | false
          a.csv        | A.csv         | false
          a.csv        | abcsv         | false
          a(b)+$.csv   | a(b)+$.csv    | true
          a,b.csv      | a,b.csv       | true
          a}.csv       | a}.csv        | true
          [[]a.csv     | [a.csv        | true
          [a&&b].csv   | &.csv         | true
          """)
  void matches_patternAndPath_asDocumented(String glob, String path, boolean expected) {
    assertThat(Glob.of(glob).matches(path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "a/", "../a", "a/../b", "a[b", "a{b", "a{b{c}}", "[z-a]"})
  void of_malformed_isRefused(String glob) {
    assertThatIllegalArgumentException().isThrownBy(() -> Glob.of(glob));
  }

  @ParameterizedTest
  @CsvSource({"a/b/*.csv,a/b", "a/b.csv,a", "*.csv,''", "a*/b,''", "a/b*/c,a", "a.csv,''"})
  void literalFolder_pattern_isItsFixedPart(String glob, String folder) {
    assertThat(Glob.of(glob).literalFolder()).isEqualTo(folder);
  }
}
