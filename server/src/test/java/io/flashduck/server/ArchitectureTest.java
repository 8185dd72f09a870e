package io.flashduck.server;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Holds the code to the arrows of {@code server/ARCHITECTURE.md}: who may use whom. */
@AnalyzeClasses(packages = "io.flashduck", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String BASE = "io.flashduck.server.";

  /** Package to the packages that it may use; the table of ARCHITECTURE.md. */
  private static final Map<String, List<String>> ARROWS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("error", List.of()),
              Map.entry("render", List.of()),
              Map.entry("config", List.of("error")),
              Map.entry("catalog", List.of("error")),
              Map.entry("engine", List.of("catalog", "config", "error")),
              Map.entry("queue", List.of("catalog", "config", "error")),
              Map.entry("sync", List.of("catalog", "config", "error")),
              Map.entry("consolidate", List.of("engine", "catalog", "config", "error")),
              Map.entry(
                  "table",
                  List.of("consolidate", "sync", "queue", "engine", "catalog", "config", "error")),
              Map.entry("access", List.of("config", "error")),
              Map.entry(
                  "flight", List.of("table", "engine", "access", "catalog", "config", "error")),
              Map.entry(
                  "web",
                  List.of("render", "table", "engine", "access", "catalog", "config", "error")),
              Map.entry("cli", allBelowCli()),
              Map.entry("app", allBelowApp())));

  @ArchTest static final ArchRule PACKAGES_USE_ONLY_WHAT_THE_TABLE_ALLOWS = allowedArrows();

  @ArchTest
  static final ArchRule EVERY_PACKAGE_IS_IN_THE_TABLE =
      classes()
          .that()
          .resideInAPackage(BASE + ".")
          .should()
          .resideInAnyPackage(
              ARROWS.keySet().stream().map(p -> BASE + p + "..").toArray(String[]::new));

  @ArchTest
  static final ArchRule PACKAGES_ARE_FREE_OF_CYCLES =
      slices().matching(BASE + "(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule FLIGHT_ONLY_IN_FLIGHT_CLI_AND_APP =
      noClasses()
          .that()
          .resideInAPackage(BASE + ".")
          .and()
          .resideOutsideOfPackages(BASE + "flight..", BASE + "cli..", BASE + "app..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.arrow.flight..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule DUCKDB_ONLY_IN_ENGINE =
      noClasses()
          .that()
          .resideInAPackage(BASE + ".")
          .and()
          .resideOutsideOfPackage(BASE + "engine..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.duckdb..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule FORCE_ONLY_IN_QUEUE_AND_CONSOLIDATE =
      noClasses()
          .that()
          .resideInAPackage(BASE + ".")
          .and()
          .resideOutsideOfPackages(BASE + "queue..", BASE + "consolidate..")
          .should()
          .accessTargetWhere(
              target(name("force")).and(target(owner(assignableTo(FileChannel.class)))))
          .allowEmptyShould(true);

  private static List<String> allBelowCli() {
    return List.of(
        "web",
        "flight",
        "access",
        "table",
        "consolidate",
        "sync",
        "queue",
        "engine",
        "catalog",
        "config",
        "render",
        "error");
  }

  private static List<String> allBelowApp() {
    return List.of(
        "cli",
        "web",
        "flight",
        "access",
        "table",
        "consolidate",
        "sync",
        "queue",
        "engine",
        "catalog",
        "config",
        "render",
        "error");
  }

  private static ArchRule allowedArrows() {
    LayeredArchitecture rule =
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
    for (String layer : ARROWS.keySet()) {
      rule = rule.layer(layer).definedBy(BASE + layer + "..");
    }
    for (Map.Entry<String, List<String>> arrow : ARROWS.entrySet()) {
      String[] allowed = arrow.getValue().toArray(String[]::new);
      rule =
          allowed.length == 0
              ? rule.whereLayer(arrow.getKey()).mayNotAccessAnyLayer()
              : rule.whereLayer(arrow.getKey()).mayOnlyAccessLayers(allowed);
    }
    return rule;
  }
}
