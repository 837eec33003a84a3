package io.k8sfw.result.merge;

import static io.k8sfw.matrix.Expectation.FORBIDDEN;
import static io.k8sfw.matrix.Expectation.PATH;
import static io.k8sfw.matrix.Expectation.PERMITTED;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static io.k8sfw.result.merge.Seen.merged;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture;
import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.observation.Observation;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Merging does not care for order, grouping or repetition, whatever the parts saw. Random parts,
/// the same in every run.
class MergeLawsTests {
  private static final int TRIALS = 60;

  private static final Matrix MATRIX =
      new MatrixOf()
          .rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED)
          .rule("nodeports", "end-user", "worker", "tcp/30000-30009", PERMITTED)
          .rule("api", "worker, end-user", "control-plane", "tcp/443, 6443", REQUIRED)
          .rule(
              "maybe",
              "end-user",
              "worker",
              "tcp/179",
              PATH,
              Fixture.when("cni", "calico"),
              io.k8sfw.matrix.AddressScope.DEFAULT,
              null)
          .rule("never", "external", "worker", "tcp/22", FORBIDDEN)
          .build();

  private static final List<Observation> SIGHTS =
      List.of(Seen.OPEN, Seen.OPEN, Seen.RESET, Seen.SILENT, Seen.NOTHING, Seen.NOTHING);

  private static AuditResult part(Random random, int number) {
    InventoryOf inventory = new InventoryOf().node("cp-1", "control-plane", "10.0.0.1");
    inventory = inventory.node("worker-1", "worker", "10.0.0.2", "fd00::2");
    if (random.nextBoolean()) {
      inventory = inventory.unseen("worker-2", "worker", "10.0.0.3");
    }
    for (String place : List.of("end-user", "external", "cluster-admin")) {
      if (random.nextInt(3) > 0) {
        inventory = inventory.place("from-" + place, place);
      }
    }
    if (random.nextInt(3) == 0) {
      inventory =
          inventory.leavingOut(
              new io.k8sfw.inventory.Scope.OfRule("kubelet", "not today, part " + number));
    }
    long unlucky = random.nextLong();
    return Seen.of(
        MATRIX,
        inventory.build(),
        1_000_000 + random.nextInt(1000) * 100 + number,
        random.nextInt(4) == 0,
        (vantage, target, port) -> {
          // Usually the same everywhere and always; now and then another part sees it otherwise.
          Random sight =
              new Random(
                  31L * vantage.hashCode()
                      + 7L * target.address().hashCode()
                      + port
                      + (random.nextInt(4) == 0 ? unlucky : 0));
          sight.nextInt();
          return SIGHTS.get(sight.nextInt(SIGHTS.size()));
        });
  }

  @Test
  void orderAndGroupingAndRepetitionDoNotMatter() {
    int contradictory = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
      Random random = new Random(trial);
      AuditResult a = part(random, 1);
      AuditResult b = part(random, 2);
      AuditResult c = part(random, 3);
      AuditResult all = merged(a, b, c);
      contradictory += all.contradictions().isEmpty() ? 0 : 1;

      assertThat(merged(c, a, b)).as("order, trial %d", trial).isEqualTo(all);
      assertThat(merged(merged(a, b), c)).as("left, trial %d", trial).isEqualTo(all);
      assertThat(merged(a, merged(b, c))).as("right, trial %d", trial).isEqualTo(all);
      assertThat(merged(b, merged(a, c))).as("around, trial %d", trial).isEqualTo(all);
      assertThat(merged(all, b)).as("again, trial %d", trial).isEqualTo(all);
      assertThat(merged(merged(a, b), merged(b, c))).as("twice, trial %d", trial).isEqualTo(all);
      assertThat(merged(a, a)).as("itself, trial %d", trial).isSameAs(a);
    }
    assertThat(contradictory).isGreaterThan(TRIALS / 10);
  }

  @Test
  void noFindingIsEverLostAndNoCheckTurnsCompliantThatNobodyFoundCompliant() {
    for (int trial = 0; trial < TRIALS; trial++) {
      Random random = new Random(trial);
      AuditResult a = part(random, 1);
      AuditResult b = part(random, 2);
      List<String> fingerprints =
          Findings.of(merged(a, b)).stream().map(f -> f.fingerprint().hex()).toList();
      for (AuditResult part : List.of(a, b)) {
        // The worst of two findings on the same ports counts; the other is among the
        // contradictions.
        List<String> contradicted =
            merged(a, b).contradictions().stream().map(AuditResult.Contradiction::check).toList();
        for (Findings.Finding finding : Findings.of(part)) {
          boolean told =
              finding.sightings().stream()
                  .allMatch(s -> contradicted.contains(s.assessment().check().id()));
          assertThat(fingerprints.contains(finding.fingerprint().hex()) || told)
              .as("%s, trial %d", finding, trial)
              .isTrue();
        }
      }
    }
  }
}
