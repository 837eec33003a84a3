package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.ip;
import static io.k8sfw.matrix.Expectation.PATH;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.observation.VantageReport.Taken;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.vantage.Pace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was observed at another time is judged by what was known then, and by nothing else: a
/// service that started since is no listener that something rejected us from.
class AnotherMomentTests {
  private static final String WORKER = "10.0.0.2";
  private static final Observation OPEN = measured(PortState.OPEN, Reason.SYN_ACK);
  private static final Observation RESET = measured(PortState.CLOSED, Reason.RESET);
  private static final Observation SILENT = measured(PortState.FILTERED, Reason.NO_RESPONSE);

  private static final Matrix MATRIX =
      new MatrixOf().rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED).build();
  private static final Inventory INVENTORY =
      new InventoryOf()
          .node("worker-1", "worker", WORKER)
          .unseen("worker-2", "worker", "10.0.0.3")
          .place("here", "control-plane")
          .place("there", "external")
          .build();

  private final List<TargetReading> readings = new ArrayList<>();
  private final List<Control> controls = new ArrayList<>();
  private final List<TargetEvidence> targets = new ArrayList<>();

  private static Measured measured(PortState state, Reason reason) {
    return new Measured(state, reason, Optional.empty(), 3, 3, false);
  }

  private void saw(String place, String address, Observation what) {
    readings.add(
        new TargetReading(
            place,
            ip(address),
            Protocol.TCP,
            List.of(new PortRun(new PortRange(10250, 10250), what, 100))));
    controls.add(
        new Control(
            place, ip(address), Control.Kind.NEGATIVE, Control.Phase.BEFORE, 0, true, "held"));
  }

  private Sighting sighting(String place, boolean atAnotherTime) {
    return assessments(MATRIX, atAnotherTime).stream()
        .filter(a -> a.check().flow().vantage().equals(place))
        .filter(a -> a.check().flow().address().equals(ip(WORKER)))
        .flatMap(a -> a.judgements().stream())
        .findFirst()
        .orElseThrow()
        .sighting();
  }

  private List<Assessment> assessments(Matrix matrix, boolean atAnotherTime) {
    VantageReport during =
        new VantageReport("there", "offline", Set.of(Capability.ERROR_QUEUE), Optional.empty(), 1);
    VantageReport there =
        atAnotherTime ? during.at(new Taken(Instant.EPOCH, Instant.EPOCH)) : during;
    Observations seen =
        new Observations(
            Instant.EPOCH,
            Instant.EPOCH,
            List.of(there),
            readings,
            controls,
            List.of(),
            targets,
            List.of(),
            Optional.empty());
    return Evaluator.assess(
        Planner.plan(
            matrix, INVENTORY, new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE)),
        matrix,
        INVENTORY,
        seen,
        false);
  }

  @Test
  void whatANodeKnowsNowSaysNothingOfThen() {
    SocketTable held =
        new SocketTable(List.of(new Listener(Protocol.TCP, ip(WORKER), 10250, false)), 0);
    targets.add(new TargetEvidence("worker-1", held, held));
    saw("there", WORKER, RESET);

    assertThat(sighting("there", false)).isEqualTo(Sighting.REJECTED);
    assertThat(sighting("there", true)).isEqualTo(Sighting.RESET_UNKNOWN);
  }

  @Test
  void nobodyToldThenWhatElseToAsk() {
    Matrix all = new MatrixOf().rule("all", "external", "worker", "tcp/ALL", PATH).build();
    SocketTable empty = new SocketTable(List.of(), 0);
    targets.add(new TargetEvidence("worker-1", empty, empty));

    assertThat(listening(all, false)).contains(0);
    assertThat(listening(all, true)).isEmpty();
  }

  private Optional<Integer> listening(Matrix matrix, boolean atAnotherTime) {
    return assessments(matrix, atAnotherTime).stream()
        .filter(a -> a.check().flow().vantage().equals("there"))
        .filter(a -> a.check().flow().node().equals("worker-1"))
        .flatMap(a -> a.sample().stream())
        .findFirst()
        .orElseThrow()
        .listening();
  }

  @ParameterizedTest
  @ValueSource(strings = {"here", "there"})
  void whatIsOpenAtOneTimeIsNotRejectedAtAnother(String refused) {
    saw(refused, WORKER, RESET);
    saw(refused.equals("here") ? "there" : "here", WORKER, OPEN);

    assertThat(sighting(refused, false)).isEqualTo(Sighting.REJECTED);
    assertThat(sighting(refused, true)).isEqualTo(Sighting.RESET_UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"here", "there"})
  void aNodeThatIsAliveAtOneTimeWasNotSoAtAnother(String silent) {
    saw(silent, WORKER, SILENT);
    saw(silent, "10.0.0.3", OPEN);
    saw(silent.equals("here") ? "there" : "here", WORKER, OPEN);

    assertThat(sighting(silent, false)).isEqualTo(Sighting.DROPPED);
    assertThat(sighting(silent, true)).isEqualTo(Sighting.SILENT_UNCONTROLLED);
  }
}
