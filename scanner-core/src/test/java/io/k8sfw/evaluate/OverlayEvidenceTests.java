package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.ip;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.OverlayReport.Means;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.vantage.Pace;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlayEvidenceTests {
  private static final InetAddress WORKER = ip("10.0.0.2");
  private static final Matrix MATRIX =
      new MatrixOf().rule("vxlan", "worker", "worker", "udp/8472", REQUIRED).build();
  private static final Inventory INVENTORY =
      new InventoryOf()
          .node("worker-1", "worker", "10.0.0.2")
          .node("worker-2", "worker", "10.0.0.3")
          .node("etcd-1", "etcd", "10.0.0.4")
          .place("internet", "external")
          .build();

  /// @param numbers sent, left, arrived, delivered, answered
  private static OverlayReport report(String from, Means means, int... numbers) {
    return new OverlayReport(
        from,
        "worker-1",
        WORKER,
        8472,
        means,
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        1);
  }

  private static OverlayReport bursts(int delivered, double chance) {
    return new OverlayReport(
        "worker-2", "worker-1", WORKER, 8472, Means.BURSTS, 24, -1, -1, delivered, 0, chance);
  }

  private static Judgement judge(String from, boolean control, OverlayReport... reports) {
    Measured silent =
        new Measured(PortState.OPEN_FILTERED, Reason.NO_RESPONSE, Optional.empty(), 3, 3, false);
    PortRun run = new PortRun(new PortRange(8472, 8472), silent, -1);
    List<Control> arrivals =
        Stream.of(Phase.BEFORE, Phase.AFTER)
            .map(p -> new Control(from, WORKER, Control.Kind.ARRIVAL, p, 50000, control, ""))
            .toList();
    Observations observations =
        new Observations(
            Instant.EPOCH,
            Instant.EPOCH,
            List.of(),
            List.of(new TargetReading(from, WORKER, Protocol.UDP, List.of(run))),
            arrivals,
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of(reports));
    PlanOptions options = new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE);
    return Evaluator.assess(
            Planner.plan(MATRIX, INVENTORY, options), MATRIX, INVENTORY, observations, false)
        .stream()
        .filter(a -> a.check().flow().vantage().equals(from))
        .filter(a -> a.check().flow().address().equals(WORKER))
        .flatMap(a -> a.judgements().stream())
        .filter(j -> j.ports().contains(8472))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest(name = "{0} sent {1} left {2} arrived {3} delivered {4}: {6} {7}")
  @CsvSource({
    "ECHO,         1,  1,  1,  1, 1, OVERLAY_OPEN,    A",
    "ECHO,         5,  5,  5,  5, 0, OVERLAY_OPEN,    A",
    "ECHO,         5,  5,  5,  0, 0, OVERLAY_BLOCKED, A",
    "ENCAPSULATED, 1,  1,  1,  1, 1, OVERLAY_OPEN,    A",
    "ENCAPSULATED, 1, -1, -1, -1, 1, OVERLAY_OPEN,    B",
    "ENCAPSULATED, 5,  5,  5,  0, 0, OVERLAY_BLOCKED, A",
    "ENCAPSULATED, 5, -1,  5,  0, 0, OVERLAY_BLOCKED, A",
    "ENCAPSULATED, 10, 10, 0,  0, 0, OVERLAY_BLOCKED, A",
    "ENCAPSULATED, 10, -1, 0,  0, 0, OVERLAY_BLOCKED, C",
    "ENCAPSULATED, 10, 0,  0,  0, 0, UDP_SILENT,      D",
    "ENCAPSULATED, 10, 10, 4,  0, 0, UDP_SILENT,      D",
    "ENCAPSULATED, 10, 10, -1, -1, 0, UDP_SILENT,     D"
  })
  void whatBothEndsSawDecides(
      Means means,
      int sent,
      int left,
      int arrived,
      int delivered,
      int answered,
      Sighting expected,
      Grade grade) {
    Judgement judged =
        judge(
            "worker-2", true, report("worker-2", means, sent, left, arrived, delivered, answered));
    assertThat(judged.sighting()).isEqualTo(expected);
    assertThat(judged.grade()).isEqualTo(grade);
    assertThat(judged.because()).contains("worker-2 -> worker-1 10.0.0.2");
  }

  @Test
  void whatNeverArrivesProvesNothingWithoutAControl() {
    Judgement judged =
        judge("worker-2", false, report("worker-2", Means.ENCAPSULATED, 10, 10, 0, 0, 0));
    assertThat(judged.verdict()).isInstanceOf(Verdict.Unverified.class);
  }

  @Test
  void blockedDirectionIsMissingAndNamed() {
    Judgement judged = judge("worker-2", true, report("worker-2", Means.ECHO, 5, 5, 5, 0, 0));
    assertThat(judged.verdict()).isEqualTo(Verdict.missing());
    assertThat(judged.because()).contains("blocks the direction worker-2 -> worker-1");
  }

  @Test
  void echoThatMayHavePassedAsAnAnswerProvesNothing() {
    OverlayReport echo = report("worker-2", Means.ECHO, 1, 1, 1, 1, 1);
    Judgement stateful =
        judge("worker-2", true, echo, report("worker-2", Means.ENCAPSULATED, 5, 5, 5, 0, 0));
    assertThat(stateful.verdict()).isInstanceOf(Verdict.Unverified.class);
    assertThat(stateful.because()).contains("nothing but answers", "worker-2 -> worker-1");
    Judgement open =
        judge("worker-2", true, echo, report("worker-2", Means.ENCAPSULATED, 1, 1, 1, 1, 1));
    assertThat(open.sighting()).isEqualTo(Sighting.OVERLAY_OPEN);
    assertThat(open.grade()).isEqualTo(Grade.A);
  }

  @Test
  void otherDirectionAndOtherPortsProveNothing() {
    Judgement judged = judge("worker-2", true, report("internet", Means.ECHO, 1, 1, 1, 1, 1));
    assertThat(judged.sighting()).isEqualTo(Sighting.UDP_SILENT);
  }

  @Test
  void anybodyOutsideTheNodesWhoComesThroughCanInject() {
    Judgement outside =
        judge("internet", true, report("internet", Means.ENCAPSULATED, 1, -1, -1, -1, 1));
    assertThat(outside.verdict())
        .isEqualTo(Verdict.overExposed(Verdict.Deviation.OVERLAY_INJECTABLE));
    assertThat(outside.severity()).contains(Severity.CRITICAL);
    Judgement node = judge("etcd-1", true, report("etcd-1", Means.ENCAPSULATED, 1, 1, 1, 1, 1));
    assertThat(node.verdict()).isEqualTo(Verdict.overExposed());
  }

  @Test
  void countersProveWhatIsVeryUnlikelyByChance() {
    Judgement open = judge("worker-2", true, bursts(30, 0.0005));
    assertThat(open.sighting()).isEqualTo(Sighting.OVERLAY_OPEN);
    assertThat(open.grade()).isEqualTo(Grade.C);
    assertThat(judge("worker-2", true, bursts(30, 0.01)).sighting()).isEqualTo(Sighting.UDP_SILENT);
    assertThat(judge("worker-2", true, bursts(0, 1)).sighting())
        .isEqualTo(Sighting.OVERLAY_BLOCKED);
    assertThat(judge("worker-2", false, bursts(0, 1)).sighting()).isEqualTo(Sighting.UDP_SILENT);
  }
}
