package io.k8sfw.bench.micro;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Evaluator;
import io.k8sfw.input.InvalidInputException;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixReader;
import io.k8sfw.model.PortRange;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Planning and judging a million ports: 16 addresses, and answers that change every few ports.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class Judging {
  private static final int FIRST = 1024;
  private static final int LAST = 63_523;

  /// How many neighbours share an answer.
  @Param({"1", "100"})
  int run;

  private @Nullable Matrix matrix;
  private @Nullable Inventory inventory;
  private @Nullable ScanPlan plan;
  private @Nullable Observations observations;

  @Setup
  public void read() throws InvalidInputException {
    String rule =
        "matrix: m\nversion: 1\nrules:\n- {id: all, to: worker, protocol: tcp, ports: %d-%d, from: external, expect: forbidden}\n"
            .formatted(FIRST, LAST);
    StringBuilder nodes = new StringBuilder("inventory: i\nnodes:\n");
    for (int i = 1; i <= 16; i++) {
      nodes.append("- {name: n%d, zones: [worker], addresses: [10.66.0.%d]}\n".formatted(i, i));
    }
    nodes.append("vantage:\n- {name: here, zones: [external], agent: local}\n");
    Matrix m = MatrixReader.read("m", rule.getBytes(StandardCharsets.UTF_8));
    Inventory i = InventoryReader.read("i", nodes.toString().getBytes(StandardCharsets.UTF_8), m);
    matrix = m;
    inventory = i;
    plan = plan(m, i);
    observations = observe(plan(m, i));
  }

  private static ScanPlan plan(Matrix matrix, Inventory inventory) {
    return Planner.plan(
        matrix, inventory, new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE));
  }

  private Observations observe(ScanPlan plan) {
    List<TargetReading> readings = new ArrayList<>();
    List<Control> controls = new ArrayList<>();
    for (Target target : plan.orders().getFirst().targets()) {
      List<PortRun> runs = new ArrayList<>();
      for (int port = FIRST; port <= LAST; port += run) {
        boolean silent = port / run % 2 == 0;
        Measured measured =
            new Measured(
                silent ? PortState.FILTERED : PortState.CLOSED,
                silent ? Reason.NO_RESPONSE : Reason.RESET,
                Optional.empty(),
                3,
                3,
                false);
        runs.add(
            new PortRun(
                new PortRange(port, Math.min(LAST, port + run - 1)), measured, silent ? -1 : 80));
      }
      readings.add(new TargetReading("here", target.address(), target.protocol(), runs));
      controls.add(control(target.address(), Control.Kind.POSITIVE));
      controls.add(control(target.address(), Control.Kind.NEGATIVE));
    }
    return new Observations(
        Instant.EPOCH,
        Instant.EPOCH,
        List.of(),
        readings,
        controls,
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of());
  }

  private static Control control(InetAddress address, Control.Kind kind) {
    return new Control("here", address, kind, Control.Phase.AFTER, 40_000, true, "");
  }

  @Benchmark
  public ScanPlan plan() {
    return plan(Objects.requireNonNull(matrix), Objects.requireNonNull(inventory));
  }

  @Benchmark
  public List<Assessment> judge() {
    return Evaluator.assess(
        Objects.requireNonNull(plan),
        Objects.requireNonNull(matrix),
        Objects.requireNonNull(inventory),
        Objects.requireNonNull(observations),
        false);
  }
}
