package io.k8sfw.result.merge;

import static io.k8sfw.matrix.Expectation.FORBIDDEN;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static io.k8sfw.result.merge.Seen.inputs;
import static io.k8sfw.result.merge.Seen.merged;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.Fixture;
import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.input.InvalidInputException;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Scope;
import io.k8sfw.inventory.VantagePoint.Fidelity;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.PortSet;
import io.k8sfw.observation.Observation;
import io.k8sfw.plan.PlaceSample;
import io.k8sfw.plan.Sampling;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Part;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Summary;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MergeTests {
  private static final Matrix MATRIX =
      new MatrixOf()
          .rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED)
          .rule("web", "end-user", "worker", "tcp/80, 443", REQUIRED)
          .build();

  private static InventoryOf cluster() {
    return new InventoryOf().unseen("worker-1", "worker", "10.0.0.2");
  }

  private static final Inventory BOTH =
      cluster().place("cp", "control-plane").place("out", "end-user").build();
  private static final Inventory INSIDE = cluster().place("cp", "control-plane").build();
  private static final Inventory OUTSIDE = cluster().place("out", "end-user").build();

  /// A cluster in order, seen from the places in `from`.
  private static AuditResult fine(Inventory inventory, long at, String... from) {
    return seen(inventory, at, port -> port, from);
  }

  private interface Sees {
    Object at(int port);
  }

  /// @param sees an observation, or anything else for what a cluster in order shows
  private static AuditResult seen(Inventory inventory, long at, Sees sees, String... from) {
    return Seen.of(
        MATRIX,
        inventory,
        at,
        false,
        (vantage, _, port) -> {
          if (!List.of(from).contains(vantage)) {
            return Seen.NOTHING;
          }
          boolean open = vantage.equals("cp") == (port == 10250);
          return sees.at(port) instanceof Observation o ? o : open ? Seen.OPEN : Seen.SILENT;
        });
  }

  private static Judgement judgement(AuditResult result, String vantage, int port) {
    return result.assessments().stream()
        .filter(a -> a.check().flow().vantage().equals(vantage))
        .map(Assessment::judgements)
        .flatMap(List::stream)
        .filter(j -> j.ports().contains(port))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatOnePartJudgedCountsWhereTheOtherWasNotThere() {
    AuditResult inside = fine(BOTH, 1000, "cp");
    AuditResult outside = fine(BOTH, 2000, "out");
    AuditResult all = merged(inside, outside);

    assertThat(Summary.of(inside).outcome()).isEqualTo(Outcome.NOT_PROVEN);
    assertThat(Summary.of(all).outcome()).isEqualTo(Outcome.COMPLIANT);
    assertThat(all.parts())
        .extracting(p -> p.run().id())
        .containsExactly(inside.run().id(), outside.run().id());
    assertThat(all.parts()).extracting(Part::places).containsExactly(List.of("cp"), List.of("out"));
    assertThat(judgement(all, "cp", 10250).part()).contains(inside.run().id());
    assertThat(judgement(all, "out", 80).part()).contains(outside.run().id());
    assertThat(all.run().started()).isEqualTo(inside.run().started());
    assertThat(all.run().finished()).isEqualTo(outside.run().finished());
    assertThat(all.places()).hasSize(2).allMatch(p -> p.report().taken().isPresent());
  }

  @Test
  void aGapIsGoneWhereAnotherPartHasAPlace() {
    AuditResult inside = fine(INSIDE, 1000, "cp");
    AuditResult outside = fine(OUTSIDE, 2000, "out");
    assertThat(inside.gaps()).isNotEmpty();
    assertThat(outside.gaps()).isNotEmpty();

    AuditResult all = merged(inside, outside);

    assertThat(all.gaps()).isEmpty();
    assertThat(Summary.of(all).coveragePercent()).isEqualTo(100);
    assertThat(all.inventory().sha256()).isEqualTo(inside.inventory().sha256());
  }

  @Test
  void aGapThatNobodyFillsStaysOnceWithWhateverReason() {
    AuditResult one = fine(INSIDE, 1000, "cp");
    AuditResult other = fine(INSIDE, 2000, "cp");

    assertThat(merged(one, other).gaps()).containsExactlyInAnyOrderElementsOf(one.gaps());
    assertThat(Summary.of(merged(one, other)).planned()).isEqualTo(Summary.of(one).planned());
  }

  @Test
  void aFindingIsNeverOutvotedWhicheverIsNewer() {
    AuditResult bad = seen(OUTSIDE, 1000, p -> p == 10250 ? Seen.OPEN : p, "out");
    for (long at : new long[] {500, 2000}) {
      AuditResult good = fine(OUTSIDE, at, "out");
      AuditResult all = merged(bad, good);

      Judgement judged = judgement(all, "out", 10250);
      assertThat(judged.verdict()).isEqualTo(Verdict.overExposed());
      assertThat(judged.because())
          .contains("; contradicted: run " + good.run().id() + " found it compliant (");
      assertThat(all.contradictions()).hasSize(1);
      assertThat(all.contradictions().getFirst().opinions())
          .extracting(j -> j.verdict().word(), j -> j.part().orElseThrow())
          .containsExactly(
              org.assertj.core.api.Assertions.tuple("over-exposed", bad.run().id()),
              org.assertj.core.api.Assertions.tuple("compliant", good.run().id()));
      assertThat(Summary.of(all).outcome()).isEqualTo(Outcome.FINDINGS);
      assertThat(Findings.of(all).getFirst().fingerprint())
          .isEqualTo(Findings.of(bad).getFirst().fingerprint());
    }
  }

  @Test
  void contradictionsAreOfThePortsThatTheyAreAboutAndNoOthers() {
    AuditResult bad = seen(OUTSIDE, 1000, p -> p == 443 ? Seen.SILENT : p, "out");
    AuditResult all = merged(bad, fine(OUTSIDE, 2000, "out"));

    assertThat(all.contradictions())
        .singleElement()
        .satisfies(c -> assertThat(c.ports()).isEqualTo(PortSet.of(443)));
    assertThat(judgement(all, "out", 80).verdict()).isEqualTo(new Verdict.Compliant());
    assertThat(judgement(all, "out", 80).because()).doesNotContain("contradicted");
  }

  @Test
  void aFindingThatTheOtherCouldNotSeeIsNoContradiction() {
    AuditResult bad = seen(BOTH, 1000, p -> p == 10250 ? Seen.OPEN : p, "out");

    assertThat(merged(bad, fine(BOTH, 2000, "cp")).contradictions()).isEmpty();
  }

  @Test
  void twoFindingsOnTheSamePortsAreBothShownAndTheWorstCounts() {
    Matrix matrix = new MatrixOf().rule("web", "end-user", "worker", "tcp/80", REQUIRED).build();
    Observation flapping =
        new Observation.Measured(
            io.k8sfw.observation.PortState.OPEN,
            io.k8sfw.observation.Reason.SYN_ACK,
            Optional.empty(),
            9,
            4,
            true);
    AuditResult unstable = Seen.of(matrix, OUTSIDE, 1000, false, (_, _, _) -> flapping);
    AuditResult missing = Seen.of(matrix, OUTSIDE, 2000, false, (_, _, _) -> Seen.SILENT);

    assertThat(merged(unstable, missing).contradictions())
        .singleElement()
        .satisfies(c ->
            assertThat(c.opinions())
                .extracting(j -> j.verdict().word())
                .containsExactly("missing", "deviates"));
  }

  @Test
  void strictIsWhereOneIsOrTheUserWantsIt() {
    Matrix matrix = new MatrixOf().rule("web", "end-user", "worker", "tcp/80", FORBIDDEN).build();
    AuditResult lax = Seen.of(matrix, OUTSIDE, 1000, false, (_, _, _) -> Seen.RESET);
    AuditResult strict = Seen.of(matrix, OUTSIDE, 2000, true, (_, _, _) -> Seen.RESET);
    AuditResult other = Seen.of(matrix, OUTSIDE, 3000, false, (_, _, _) -> Seen.RESET);

    assertThat(Summary.of(merged(lax, other)).closedUnproven()).isEqualTo(1);
    assertThat(Summary.of(merged(lax, strict)).unverified()).isEqualTo(1);
    assertThat(Summary.of(merged(true, lax, other)).unverified()).isEqualTo(1);
    assertThat(Summary.of(merged(true, lax)).unverified()).isEqualTo(1);
  }

  private static AuditResult sampled(long at, Sampling sampling) {
    InventoryOf many = new InventoryOf();
    for (int i = 1; i <= 20; i++) {
      many.node("worker-" + i, "worker", "10.0.0." + i);
    }
    return Seen.of(MATRIX, many.build(), at, false, sampling, (_, _, _) -> Seen.SILENT);
  }

  @Test
  void samplesOfPlacesByOtherSeedsAddUp() {
    AuditResult one = sampled(1000, Sampling.USUAL);
    AuditResult other = sampled(2000, Sampling.USUAL.with(OptionalLong.of(7)));
    AuditResult both = merged(one, other);

    assertThat(one.placeSamples()).containsExactly(new PlaceSample(Fixture.zones("worker"), 20, 3));
    assertThat(both.placeSamples()).hasSize(1);
    assertThat(both.placeSamples().getFirst().places()).isEqualTo(20);
    assertThat(both.placeSamples().getFirst().perNode()).isBetween(3, 6);
    assertThat(both.assessments().size())
        .isGreaterThan(one.assessments().size())
        .isLessThanOrEqualTo(2 * one.assessments().size());
    assertThat(both.contradictions()).isEmpty();
    assertThat(merged(other, one)).isEqualTo(both);
    assertThat(merged(both, one)).isEqualTo(both);
  }

  @Test
  void sameSampleTwiceStaysThatSample() {
    AuditResult one = sampled(1000, Sampling.USUAL);

    assertThat(merged(one, sampled(2000, Sampling.USUAL)).placeSamples())
        .isEqualTo(one.placeSamples());
  }

  @Test
  void aPartOfAllPairsMakesASampleWhole() {
    AuditResult all = sampled(2000, Sampling.allPairs(OptionalLong.empty()));

    assertThat(merged(sampled(1000, Sampling.USUAL), all).placeSamples()).isEmpty();
  }

  @Test
  void whatOnePartLeftOutIsInScopeWhereAnotherJudgedIt() {
    Inventory less =
        cluster()
            .place("cp", "control-plane")
            .place("out", "end-user")
            .leavingOut(new Scope.OfRule("web", "elsewhere"))
            .build();
    AuditResult all = merged(fine(less, 1000, "cp", "out"), fine(BOTH, 2000, "cp", "out"));

    assertThat(Summary.of(all).planned()).isEqualTo(4);
    assertThat(Summary.of(all).outcome()).isEqualTo(Outcome.COMPLIANT);
    assertThat(all.exclusions()).hasSize(1);
  }

  @Test
  void aPartThatStoppedEarlyMakesTheWholeIncomplete() {
    AuditResult whole = fine(OUTSIDE, 1000, "out");
    AuditResult r = fine(INSIDE, 2000, "cp");
    AuditResult stopped =
        new AuditResult(
            r.tool(),
            new AuditResult.Run(
                r.run().id(),
                r.run().started(),
                r.run().finished(),
                Optional.of("SIGTERM"),
                "normal",
                r.run().seed(),
                false),
            r.matrix(),
            r.inventory(),
            r.facts(),
            r.rules(),
            r.nodes(),
            r.places(),
            r.assessments(),
            r.gaps(),
            r.exclusions(),
            r.parts(),
            r.contradictions());

    assertThat(merged(whole, stopped).complete()).isFalse();
    assertThat(merged(whole, stopped).run().interrupted())
        .contains("run " + r.run().id() + ": SIGTERM");
  }

  @Test
  void anotherMatrixIsRefusedByName() {
    AuditResult other =
        Seen.of(
            new Matrix(
                MATRIX.name(),
                1,
                "m.yaml",
                "f".repeat(64),
                MATRIX.rules(),
                MATRIX.policy(),
                MATRIX.watch(),
                MATRIX.aliases()),
            OUTSIDE,
            1000,
            false,
            (_, _, _) -> Seen.OPEN);

    assertRefused(fine(OUTSIDE, 1000, "out"), other, "b.json: the matrix has sha256 ffff");
  }

  @Test
  void anotherClusterIsRefusedWithEverythingThatDiffers() {
    Inventory other =
        new InventoryOf()
            .unseen("worker-1", "worker", "10.0.0.3")
            .place("out", "end-user", Fidelity.REPRESENTATIVE)
            .fact("cni", "flannel")
            .build();

    assertThatThrownBy(() ->
            Merge.of(
                inputs(fine(OUTSIDE, 1000, "out"), fine(other, 2000, "out")), Seen.TOOL, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("b.json: the facts are {cni: flannel}, and not as in a.json")
        .hasMessageContaining("b.json: node worker-1 is worker at internal 10.0.0.3, and not")
        .hasMessageContaining("b.json: vantage point out stands for end-user (representative)");
  }

  @Test
  void anotherExpectationOfTheSamePortIsRefused() {
    Matrix matrix =
        new MatrixOf()
            .rule(
                "np",
                "end-user",
                "worker",
                "tcp/30000-32767",
                io.k8sfw.matrix.Expectation.PERMITTED)
            .build();
    Inventory served = cluster().place("out", "end-user").service(30080).build();
    AuditResult a = Seen.of(matrix, OUTSIDE, 1000, false, (_, _, _) -> Seen.OPEN);
    AuditResult b = Seen.of(matrix, served, 2000, false, (_, _, _) -> Seen.OPEN);

    assertRefused(
        a, b, "out -> 10.0.0.2 tcp/30080 is required by np, and permitted by np in a.json");
  }

  @Test
  void aRunThatWasChangedAfterwardsIsRefused() {
    AuditResult one = fine(OUTSIDE, 1000, "out");
    AuditResult edited = seen(OUTSIDE, 1000, p -> p == 10250 ? Seen.OPEN : p, "out");

    assertRefused(one, edited, "run " + one.run().id());
  }

  private static void assertRefused(AuditResult a, AuditResult b, String why) {
    assertThatThrownBy(() -> Merge.of(inputs(a, b), Seen.TOOL, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(why);
  }
}
