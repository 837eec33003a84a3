package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.ip;

import io.k8sfw.Fixture;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.observation.WitnessReport.Hearing;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.vantage.Pace;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the wire said, told step by step, and what becomes of it.
final class World {
  static final Measured OPEN = measured(PortState.OPEN, Reason.SYN_ACK, null);
  static final Measured RESET = measured(PortState.CLOSED, Reason.RESET, null);
  static final Measured SILENT = measured(PortState.FILTERED, Reason.NO_RESPONSE, null);
  static final String WORKER = "10.0.0.2";

  static Measured measured(
      PortState state, Reason reason, @org.jspecify.annotations.Nullable Icmp icmp) {
    return new Measured(state, reason, Optional.ofNullable(icmp), 3, 3, false);
  }

  private final List<TargetReading> readings = new ArrayList<>();
  private final List<Control> controls = new ArrayList<>();
  private final List<TargetEvidence> targets = new ArrayList<>();
  private final List<WitnessReport> witnesses = new ArrayList<>();
  private final List<SessionReport> sessions = new ArrayList<>();
  private final List<SourceReport> sources = new ArrayList<>();

  World saw(String vantage, String address, int port, Observation what) {
    return saw(vantage, address, Protocol.TCP, new PortRun(new PortRange(port, port), what, 100));
  }

  World saw(String vantage, String address, Protocol protocol, PortRun... runs) {
    readings.add(new TargetReading(vantage, ip(address), protocol, List.of(runs)));
    return this;
  }

  World reaches(String vantage, String address) {
    return control(vantage, address, Control.Kind.POSITIVE, true);
  }

  World trusts(String vantage, String address) {
    return control(vantage, address, Control.Kind.NEGATIVE, true);
  }

  World control(String vantage, String address, Control.Kind kind, boolean holds) {
    for (Control.Phase phase : List.of(Control.Phase.BEFORE, Control.Phase.AFTER)) {
      controls.add(new Control(vantage, ip(address), kind, phase, 1, holds, "in a test"));
    }
    return this;
  }

  World nodeSays(String node, long overflows, Listener... listeners) {
    targets.add(
        new TargetEvidence(
            node,
            new SocketTable(List.of(listeners), 0),
            new SocketTable(List.of(listeners), overflows)));
    return this;
  }

  World witness(String vantage, String address, int port, boolean heard) {
    Hearing hearing = heard ? Hearing.ANSWERED : Hearing.UNHEARD;
    witnesses.add(
        new WitnessReport(
            vantage, ip(address), Protocol.TCP, port, hearing, 3, Optional.empty(), false));
    return this;
  }

  World datagramWitness(
      String vantage, String address, int port, Hearing hearing, boolean arrived) {
    witnesses.add(
        new WitnessReport(
            vantage, ip(address), Protocol.UDP, port, hearing, 5, Optional.empty(), arrived));
    return this;
  }

  World comes(String vantage, String target, String own, String seen) {
    sources.add(
        new SourceReport(
            vantage,
            ip(target),
            Optional.of(ip(own)),
            Optional.of(seen).filter(t -> !t.isEmpty()).map(Fixture::ip)));
    return this;
  }

  Observations observations() {
    return new Observations(
        Instant.EPOCH,
        Instant.EPOCH,
        List.of(),
        readings,
        controls,
        List.of(),
        targets,
        witnesses,
        Optional.empty(),
        sessions,
        sources,
        List.of());
  }

  World session(String vantage, String address, boolean outward, boolean bothEnds) {
    sessions.add(new SessionReport(vantage, ip(address), 179, outward, bothEnds));
    return this;
  }

  /// The node holds BGP's port, and may have dropped packets that were not signed.
  World speaksBgp(String node, String address, long unsignedDropped) {
    List<Listener> bgp = List.of(listener(address, 179));
    targets.add(
        new TargetEvidence(
            node,
            new SocketTable(bgp, 0, List.of(), 0),
            new SocketTable(bgp, 0, List.of(), unsignedDropped)));
    return this;
  }

  static Listener listener(String address, int port) {
    InetAddress ip = ip(address);
    return new Listener(Protocol.TCP, ip, port, false);
  }

  /// What becomes of one port of [#WORKER].
  Judgement judge(Matrix matrix, Inventory inventory, String vantage, int port, boolean strict) {
    return Evaluator.assess(
            Planner.plan(
                matrix, inventory, new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE)),
            matrix,
            inventory,
            observations(),
            strict)
        .stream()
        .filter(a -> a.check().flow().vantage().equals(vantage))
        .filter(a -> a.check().flow().address().equals(ip(WORKER)))
        .flatMap(a -> a.judgements().stream())
        .filter(j -> j.ports().contains(port))
        .findFirst()
        .orElseThrow();
  }

  static String word(Judgement j) {
    return j.verdict() instanceof Verdict.Finding f && f.deviation().isPresent()
        ? j.verdict().word() + " " + f.deviation().get().word()
        : j.verdict().word();
  }
}
