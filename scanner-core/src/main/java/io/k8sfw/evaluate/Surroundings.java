package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.evaluate.Evidence.Session;
import io.k8sfw.evaluate.EvidenceIndex.Piece;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.observation.WitnessReport.Hearing;
import io.k8sfw.vantage.Effort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an audit knows of one address as one vantage point sees it over one protocol: made once,
/// and asked for every row of the matrix.
final class Surroundings {
  private static final Observation NOT_REPORTED =
      new Unmeasured(Untrusted.of("the vantage point did not report on this port"));

  private final List<PortRun> runs;
  private final Optional<TargetEvidence> target;
  private final Flow flow;
  private final PortSet held;
  private final PortSet changed;
  private final PortSet openElsewhere;
  private final PortSet astray;
  private final Map<Integer, WitnessReport> witnesses = new HashMap<>();
  private final List<SessionReport> sessions;
  private final List<OverlayReport> overlays;
  private final Optional<Grade> positive;
  private final Optional<Grade> ofSilence;
  private final boolean negative;
  private final Optional<Grade> datagrams;

  /// Inside each of these, and outside, the same is known of all ports.
  private final List<PortSet> cuts = new ArrayList<>();

  private record Heard(Hearing hearing, boolean arrived) {}

  /// @param flow any that goes this way
  /// @param target what the node knew when the flow was observed
  Surroundings(
      Optional<TargetReading> reading,
      Optional<TargetEvidence> target,
      Flow flow,
      PortSet openElsewhere,
      PortSet astray,
      List<WitnessReport> witnesses,
      List<SessionReport> sessions,
      List<OverlayReport> overlays,
      Controls controls) {
    this.runs = reading.map(TargetReading::runs).orElse(List.of());
    this.target = target;
    this.flow = flow;
    this.held = target.map(t -> t.held(flow.protocol(), flow.address())).orElse(PortSet.NONE);
    this.changed = target.map(t -> t.changed(flow.protocol(), flow.address())).orElse(PortSet.NONE);
    this.openElsewhere = openElsewhere;
    this.astray = astray;
    this.sessions = sessions;
    this.overlays = overlays;
    this.positive = controls.positive(flow.vantage(), flow.address(), flow.protocol());
    this.ofSilence = controls.silence(flow.vantage(), flow.address());
    this.negative = controls.negative(flow.vantage(), flow.address());
    this.datagrams = controls.datagrams(flow.vantage(), flow.address());
    cuts.add(held);
    cuts.add(changed);
    cuts.add(openElsewhere);
    cuts.add(PortSet.of(overlays.stream().map(o -> new PortRange(o.port(), o.port())).toList()));
    if (flow.protocol().equals(Protocol.TCP)) {
      cuts.add(SocketTable.SESSION_PORTS);
    }
    cuts.add(astray);
    Map<Heard, List<PortRange>> alike = new LinkedHashMap<>();
    for (WitnessReport w : witnesses) {
      if (this.witnesses.putIfAbsent(w.port(), w) == null) {
        alike
            .computeIfAbsent(new Heard(w.hearing(), w.arrived()), _ -> new ArrayList<>())
            .add(new PortRange(w.port(), w.port()));
      }
    }
    alike.values().forEach(ports -> cuts.add(PortSet.of(ports)));
  }

  /// Disjoint; together exactly the flow's ports. What nobody reported on is unmeasured.
  List<Piece> pieces(Flow asked) {
    List<Piece> pieces = new ArrayList<>();
    List<PortRange> reported = new ArrayList<>();
    for (PortRun run : runs) {
      if (!asked.ports().intersects(run.ports())) {
        continue;
      }
      PortSet ports = asked.ports().intersect(run.ports());
      reported.addAll(ports.ranges());
      for (PortSet part : uniform(ports)) {
        Evidence evidence = evidence(part, control(run.observation()));
        pieces.add(new Piece(part, run.observation(), run.rttMicros(), evidence));
      }
    }
    PortSet rest = asked.ports().minus(PortSet.of(reported));
    if (!rest.isEmpty()) {
      pieces.add(new Piece(rest, NOT_REPORTED, -1, evidence(rest, positive)));
    }
    return pieces;
  }

  /// Cuts `ports` so that target evidence, other vantage points and witnesses say the same of a
  /// part.
  private List<PortSet> uniform(PortSet ports) {
    List<PortSet> parts = ports.isEmpty() ? List.of() : List.of(ports);
    for (PortSet by : cuts) {
      if (ports.intersects(by)) {
        parts = cut(parts, by);
      }
    }
    return parts;
  }

  private static List<PortSet> cut(List<PortSet> parts, PortSet by) {
    List<PortSet> finer = new ArrayList<>();
    for (PortSet part : parts) {
      for (PortSet half : List.of(part.intersect(by), part.minus(by))) {
        if (!half.isEmpty()) {
          finer.add(half);
        }
      }
    }
    return finer;
  }

  private Optional<Grade> control(Observation observation) {
    boolean silent =
        observation instanceof Measured measured
            && measured.state() == PortState.FILTERED
            && measured.reason() == Reason.NO_RESPONSE;
    if (!silent) {
      return positive;
    }
    // Who asked less did not try to prove a silence.
    boolean enough = ((Measured) observation).sent() >= Effort.CLEAN_ATTEMPTS;
    return enough ? ofSilence : Optional.empty();
  }

  /// `ports` is uniform, so its first port speaks for all.
  private Evidence evidence(PortSet ports, Optional<Grade> control) {
    int port = ports.ranges().getFirst().first();
    Optional<WitnessReport> witness = Optional.ofNullable(witnesses.get(port));
    boolean tcp = flow.protocol().equals(Protocol.TCP);
    return new Evidence(
        control,
        negative,
        hold(port),
        target.isEmpty() || target.get().acceptQueueOverflowed(),
        openElsewhere.contains(port),
        witness.map(WitnessReport::hearing),
        witness.filter(WitnessReport::arrived).isPresent() ? Optional.of(Grade.A) : datagrams,
        astray.contains(port),
        tcp ? session(port) : Session.NONE,
        tcp
            && SocketTable.SESSION_PORTS.contains(port)
            && target.filter(TargetEvidence::unsignedDropped).isPresent(),
        overlay(port));
  }

  private Hold hold(int port) {
    if (target.isEmpty() || changed.contains(port)) {
      return Hold.UNKNOWN;
    }
    return held.contains(port) ? Hold.HELD : Hold.FREE;
  }

  private Session session(int port) {
    Session best = Session.NONE;
    for (SessionReport s : sessions) {
      if (s.port() == port) {
        Session found =
            !s.outward() ? Session.INWARD : s.bothEnds() ? Session.OUTWARD_BOTH : Session.OUTWARD;
        best = found.compareTo(best) > 0 ? found : best;
      }
    }
    return best;
  }

  private Optional<OverlayEvidence> overlay(int port) {
    List<OverlayReport> reports =
        overlays.stream()
            .filter(o -> flow.protocol().equals(Protocol.UDP) && o.port() == port)
            .toList();
    return OverlayEvidence.of(flow, reports, positive, hold(port));
  }
}
