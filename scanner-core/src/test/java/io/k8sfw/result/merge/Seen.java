package io.k8sfw.result.merge;

import io.k8sfw.audit.Audit;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Sampling;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Tool;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Audits judged by the real evaluator, of what a test says that the wire said.
final class Seen {
  static final Tool TOOL = new Tool("k8sfw-audit", "test", "25");
  static final Observation OPEN = measured(PortState.OPEN, Reason.SYN_ACK);
  static final Observation RESET = measured(PortState.CLOSED, Reason.RESET);
  static final Observation SILENT = measured(PortState.FILTERED, Reason.NO_RESPONSE);
  static final Observation NOTHING = new Unmeasured(Untrusted.of("nobody was there"));

  private Seen() {}

  /// What the wire says of a port.
  interface Wire {
    Observation at(String vantage, Target target, int port);
  }

  private static Observation measured(PortState state, Reason reason) {
    return new Measured(state, reason, Optional.empty(), 3, 3, false);
  }

  /// @param started seconds since 1970
  static AuditResult of(
      Matrix matrix, Inventory inventory, long started, boolean strict, Wire wire) {
    return of(matrix, inventory, started, strict, Sampling.USUAL, wire);
  }

  /// @param started seconds since 1970
  static AuditResult of(
      Matrix matrix,
      Inventory inventory,
      long started,
      boolean strict,
      Sampling sampling,
      Wire wire) {
    return new Audit((orders, _) -> seen(orders, Instant.ofEpochSecond(started), wire), TOOL)
        .run(
            matrix,
            inventory,
            new PlanOptions(Pace.NORMAL, false, false, Integer.MAX_VALUE).with(sampling),
            strict,
            Progress.SILENT);
  }

  private static Observations seen(List<ProbeOrder> orders, Instant started, Wire wire) {
    List<VantageReport> vantages = new ArrayList<>();
    List<TargetReading> readings = new ArrayList<>();
    List<Control> controls = new ArrayList<>();
    for (ProbeOrder order : orders) {
      boolean any = false;
      for (Target target : order.targets()) {
        List<PortRun> runs =
            target.ports().stream()
                .mapToObj(p ->
                    new PortRun(new PortRange(p, p), wire.at(order.vantage(), target, p), 100 + p))
                .toList();
        readings.add(new TargetReading(order.vantage(), target.address(), target.protocol(), runs));
        boolean here = runs.stream().anyMatch(r -> r.observation() instanceof Measured);
        any |= here;
        if (here) {
          for (Control.Kind kind : List.of(Control.Kind.POSITIVE, Control.Kind.NEGATIVE)) {
            controls.add(
                new Control(
                    order.vantage(), target.address(), kind, Control.Phase.BEFORE, 0, true, "ok"));
          }
        }
      }
      vantages.add(
          new VantageReport(
              order.vantage(), "test", Set.of(), Optional.empty(), any ? order.size() : 0));
    }
    return new Observations(
        started,
        started.plusSeconds(60),
        vantages,
        readings,
        controls,
        List.of(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  static AuditResult merged(AuditResult... results) {
    return merged(false, results);
  }

  static AuditResult merged(boolean strict, AuditResult... results) {
    try {
      return Merge.of(inputs(results), TOOL, strict);
    } catch (io.k8sfw.input.InvalidInputException e) {
      throw new AssertionError(e);
    }
  }

  static List<Merge.Input> inputs(AuditResult... results) {
    return IntStream.range(0, results.length)
        .mapToObj(i -> new Merge.Input((char) ('a' + i) + ".json", results[i]))
        .toList();
  }
}
