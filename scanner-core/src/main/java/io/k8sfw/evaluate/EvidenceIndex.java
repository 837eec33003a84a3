package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.WitnessReport;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds, for each port of a flow, what was observed and what the rest of the audit knows of it.
final class EvidenceIndex {
  private record Socket(InetAddress address, Protocol protocol) {}

  private record Asked(String vantage, InetAddress address, Protocol protocol) {}

  private record Tried(String vantage, InetAddress address) {}

  private final Controls controls;
  private final Map<Asked, TargetReading> readings = new HashMap<>();
  private final Map<Socket, Map<String, PortSet>> open = new HashMap<>();
  private final Map<String, TargetEvidence> targets = new HashMap<>();
  private final Map<Tried, List<WitnessReport>> witnesses = new HashMap<>();
  private final Map<Tried, List<OverlayReport>> overlays = new HashMap<>();

  EvidenceIndex(Observations observations) {
    controls = new Controls(observations);
    for (TargetReading r : observations.readings()) {
      readings.put(new Asked(r.vantage(), r.address(), r.protocol()), r);
      if (controls.negative(r.vantage(), r.address())) {
        open.computeIfAbsent(new Socket(r.address(), r.protocol()), _ -> new HashMap<>())
            .put(r.vantage(), openPorts(r));
      }
    }
    for (TargetEvidence target : observations.targets()) {
      targets.put(target.node(), target);
    }
    for (OverlayReport o : observations.overlays()) {
      overlays.computeIfAbsent(new Tried(o.vantage(), o.address()), _ -> new ArrayList<>()).add(o);
    }
    for (WitnessReport w : observations.witnesses()) {
      witnesses.computeIfAbsent(new Tried(w.vantage(), w.address()), _ -> new ArrayList<>()).add(w);
    }
  }

  private static PortSet openPorts(TargetReading reading) {
    return PortSet.of(
        reading.runs().stream()
            .filter(r -> r.observation() instanceof Measured m && m.state() == PortState.OPEN)
            .map(PortRun::ports)
            .toList());
  }

  /// Ports of which the same was observed, and about which the same is known.
  record Piece(PortSet ports, Observation observation, int rttMicros, Evidence evidence) {}

  /// Disjoint; together exactly the flow's ports. What nobody reported on is unmeasured.
  List<Piece> pieces(Flow flow) {
    List<Piece> pieces = new ArrayList<>();
    PortSet rest = flow.ports();
    TargetReading reading =
        readings.get(new Asked(flow.vantage(), flow.address(), flow.protocol()));
    for (PortRun run : reading == null ? List.<PortRun>of() : reading.runs()) {
      PortSet ports = PortSet.of(List.of(run.ports())).intersect(flow.ports());
      rest = rest.minus(ports);
      for (PortSet part : uniform(flow, ports)) {
        pieces.add(new Piece(part, run.observation(), run.rttMicros(), evidence(flow, part)));
      }
    }
    if (!rest.isEmpty()) {
      Observation silence =
          new Unmeasured(Untrusted.of("the vantage point did not report on this port"));
      pieces.add(new Piece(rest, silence, -1, evidence(flow, rest)));
    }
    return pieces;
  }

  /// Cuts `ports` so that target evidence, other vantage points and witnesses say the same of a
  /// part.
  private List<PortSet> uniform(Flow flow, PortSet ports) {
    List<PortSet> parts = new ArrayList<>(ports.isEmpty() ? List.of() : List.of(ports));
    TargetEvidence target = targets.get(flow.node());
    if (target != null) {
      parts = cut(parts, target.held(flow.protocol(), flow.address()));
      parts = cut(parts, target.changed(flow.protocol(), flow.address()));
    }
    parts = cut(parts, openElsewhere(flow));
    parts = cut(parts, throughOverlays(flow));
    for (boolean heard : new boolean[] {true, false}) {
      parts = cut(parts, witnessed(flow, heard));
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

  /// `ports` is uniform, so its first port speaks for all.
  private Evidence evidence(Flow flow, PortSet ports) {
    int port = ports.ranges().getFirst().first();
    TargetEvidence target = targets.get(flow.node());
    return new Evidence(
        controls.positive(flow.vantage(), flow.address()),
        controls.negative(flow.vantage(), flow.address()),
        target == null ? Hold.UNKNOWN : hold(target, flow, port),
        target == null || target.acceptQueueOverflowed(),
        openElsewhere(flow).contains(port),
        witnessed(flow, true).contains(port)
            ? Optional.of(true)
            : witnessed(flow, false).contains(port) ? Optional.of(false) : Optional.empty(),
        overlay(flow, port, target == null ? Hold.UNKNOWN : hold(target, flow, port)));
  }

  private static Hold hold(TargetEvidence target, Flow flow, int port) {
    if (target.held(flow.protocol(), flow.address()).contains(port)) {
      return Hold.HELD;
    }
    return target.changed(flow.protocol(), flow.address()).contains(port)
        ? Hold.UNKNOWN
        : Hold.FREE;
  }

  private Optional<OverlayEvidence> overlay(Flow flow, int port, Hold hold) {
    List<OverlayReport> reports =
        overlays.getOrDefault(new Tried(flow.vantage(), flow.address()), List.of()).stream()
            .filter(o -> flow.protocol().equals(Protocol.UDP) && o.port() == port)
            .toList();
    return OverlayEvidence.of(
        flow, reports, controls.positive(flow.vantage(), flow.address()), hold);
  }

  /// Whether a place is a node that speaks through an overlay.
  boolean isMember(String vantage) {
    return echoes().anyMatch(o -> o.vantage().equals(vantage));
  }

  /// Whether members of the overlay cannot reach `node`, or are not reached from it.
  boolean overlayIsBroken(String node) {
    return echoes()
        .filter(o -> o.vantage().equals(node) || o.node().equals(node))
        .anyMatch(o -> !o.cameThrough());
  }

  private Stream<OverlayReport> echoes() {
    return overlays.values().stream()
        .flatMap(List::stream)
        .filter(o -> o.means() == OverlayReport.Means.ECHO);
  }

  private PortSet throughOverlays(Flow flow) {
    return PortSet.of(
        overlays.getOrDefault(new Tried(flow.vantage(), flow.address()), List.of()).stream()
            .map(o -> new PortRange(o.port(), o.port()))
            .toList());
  }

  private PortSet openElsewhere(Flow flow) {
    PortSet ports = PortSet.NONE;
    Map<String, PortSet> byVantage =
        open.getOrDefault(new Socket(flow.address(), flow.protocol()), Map.of());
    for (Map.Entry<String, PortSet> entry : byVantage.entrySet()) {
      if (!entry.getKey().equals(flow.vantage())) {
        ports = ports.union(entry.getValue());
      }
    }
    return ports;
  }

  private PortSet witnessed(Flow flow, boolean heard) {
    if (!flow.protocol().equals(Protocol.TCP)) {
      return PortSet.NONE;
    }
    return PortSet.of(
        witnesses.getOrDefault(new Tried(flow.vantage(), flow.address()), List.of()).stream()
            .filter(w -> w.heard() == heard)
            .map(w -> new PortRange(w.port(), w.port()))
            .toList());
  }
}
