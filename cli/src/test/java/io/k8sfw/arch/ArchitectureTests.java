package io.k8sfw.arch;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.k8sfw.model.Untrusted;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The fences between the packages. Each rule first makes sure that there is something on either
/// side of its fence.
class ArchitectureTests {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.k8sfw");

  /// Decides; does nothing.
  private static final List<String> CORE =
      List.of(
          "io.k8sfw.model..",
          "io.k8sfw.input..",
          "io.k8sfw.matrix..",
          "io.k8sfw.inventory..",
          "io.k8sfw.plan..",
          "io.k8sfw.evaluate..",
          "io.k8sfw.result..",
          "io.k8sfw.audit..");

  /// Touches a wire.
  private static final List<String> WIRE =
      List.of("io.k8sfw.observation..", "io.k8sfw.vantage..", "io.k8sfw.probes..");

  /// Knows what is hoped for.
  private static final List<String> POLICY =
      List.of(
          "io.k8sfw.matrix..",
          "io.k8sfw.inventory..",
          "io.k8sfw.plan..",
          "io.k8sfw.evaluate..",
          "io.k8sfw.result..",
          "io.k8sfw.audit..",
          "io.k8sfw.reporters..");

  @Test
  void everyPackageIsSeen() {
    for (String each : CORE) {
      assertThat(in(List.of(each))).as(each).isPositive();
    }
    for (String each : WIRE) {
      assertThat(in(List.of(each))).as(each).isPositive();
    }
    assertThat(in(List.of("io.k8sfw.reporters.."))).isPositive();
    assertThat(in(List.of("io.k8sfw.fixtures.."))).isPositive();
    assertThat(in(List.of("io.k8sfw.kubernetes.."))).isPositive();
    assertThat(in(List.of("io.k8sfw.cli.."))).isPositive();
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.k8sfw.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyProbesKnowsNetty() {
    assertThat(users("io.netty.")).isPositive();
    noClasses()
        .that()
        .resideOutsideOfPackage("io.k8sfw.probes..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(CLASSES);
  }

  @Test
  void onlyKubernetesKnowsFabric8() {
    assertThat(users("io.fabric8.")).isPositive();
    noClasses()
        .that()
        .resideOutsideOfPackage("io.k8sfw.kubernetes..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.fabric8..")
        .check(CLASSES);
  }

  /// An agent is small, and knows nobody's credentials.
  @Test
  void onlyTheCommandLineKnowsKubernetes() {
    assertThat(in(List.of("io.k8sfw.kubernetes.."))).isPositive();
    noClasses()
        .that()
        .resideOutsideOfPackages("io.k8sfw.kubernetes..", "io.k8sfw.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.k8sfw.kubernetes..")
        .check(CLASSES);
  }

  @Test
  void onlyReportersAndAgentsKnowJson() {
    assertThat(users("tools.jackson.")).isPositive();
    noClasses()
        .that()
        .resideOutsideOfPackages("io.k8sfw.reporters..", "io.k8sfw.probes.agent..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("tools.jackson..", "com.fasterxml..")
        .check(CLASSES);
  }

  @Test
  void onlyInputKnowsYaml() {
    assertThat(users("org.snakeyaml.")).isPositive();
    noClasses()
        .that()
        .resideOutsideOfPackage("io.k8sfw.input..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.snakeyaml..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLineKnowsPicocli() {
    assertThat(users("picocli.")).isPositive();
    noClasses()
        .that()
        .resideOutsideOfPackage("io.k8sfw.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .check(CLASSES);
  }

  /// So a failed probe can never be read as the wanted answer.
  @Test
  void whatTouchesAWireNeverSeesPolicy() {
    assertThat(in(WIRE)).isPositive();
    assertThat(in(POLICY)).isPositive();
    noClasses()
        .that()
        .resideInAnyPackage(names(WIRE))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(names(POLICY))
        .check(CLASSES);
  }

  @Test
  void coreTouchesNeitherFilesNorNetworksNorThreads() {
    assertThat(in(CORE)).isGreaterThan(50);
    noClasses()
        .that()
        .resideInAnyPackage(names(CORE))
        .should()
        .dependOnClassesThat(FILES_NETWORKS_THREADS)
        .check(CLASSES);
  }

  private static final DescribedPredicate<JavaClass> FILES_NETWORKS_THREADS =
      resideInAnyPackage(
              "java.nio.file..",
              "java.nio.channels..",
              "java.net.http..",
              "java.util.concurrent..",
              "java.lang.foreign..")
          .or(
              DescribedPredicate.describe(
                  "open files or sockets, or are threads",
                  c ->
                      c.getFullName().startsWith("java.io.File")
                          || c.getFullName().startsWith("java.io.RandomAccessFile")
                          || c.getFullName().matches("java\\.net\\..*Socket.*")
                          || c.getFullName().matches("java\\.net\\.(URL|.*URLConnection)")
                          || c.getFullName().matches("java\\.lang\\.(Thread|Process).*")
                          || c.getFullName().equals("java.util.Timer")));

  @Test
  void coreReadsNoClock() {
    assertThat(callers(Instant.class, "now")).isPositive();
    assertThat(callers(System.class, "nanoTime")).isPositive();
    noClasses()
        .that()
        .resideInAnyPackage(names(CORE))
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(LocalDate.class, "now")
        .orShould()
        .callMethod(LocalDateTime.class, "now")
        .orShould()
        .callMethod(ZonedDateTime.class, "now")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLinePrints() {
    assertThat(CLASSES.that(resideInAnyPackage("io.k8sfw.cli..")).isEmpty()).isFalse();
    noClasses()
        .that()
        .resideOutsideOfPackage("io.k8sfw.cli..")
        .should(ACCESS_STANDARD_STREAMS)
        .check(CLASSES);
  }

  /// Everybody else gets text that cannot act.
  @Test
  void onlyEncodersReadUntrustedTextRaw() {
    JavaClasses readers =
        CLASSES.that(
            DescribedPredicate.describe(
                "read raw untrusted text",
                c ->
                    c.getMethodCallsFromSelf().stream()
                        .anyMatch(m ->
                            m.getTargetOwner().isEquivalentTo(Untrusted.class)
                                && m.getName().equals("raw"))));
    assertThat(readers.isEmpty()).isFalse();
    assertThat(readers.that(resideOutsideOfPackages("io.k8sfw.model..", "io.k8sfw.reporters..")))
        .isEmpty();
  }

  private static int in(List<String> packages) {
    return CLASSES.that(resideInAnyPackage(names(packages))).size();
  }

  private static long users(String library) {
    return CLASSES.stream()
        .filter(c ->
            c.getDirectDependenciesFromSelf().stream()
                .anyMatch(d -> d.getTargetClass().getFullName().startsWith(library)))
        .count();
  }

  private static long callers(Class<?> owner, String method) {
    return CLASSES.stream()
        .flatMap(c -> c.getAccessesFromSelf().stream())
        .filter(a -> a.getTargetOwner().isEquivalentTo(owner) && a.getName().equals(method))
        .count();
  }

  private static String[] names(List<String> packages) {
    return packages.toArray(String[]::new);
  }
}
