package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.evaluate.Evidence.Session;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SocketTable;
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
import org.jspecify.annotations.Nullable;

/// Finds, for each port of a flow, what was observed and what the rest of the audit knows of it.
final class EvidenceIndex {
  private record Socket(InetAddress address, Protocol protocol) {}

  private record Asked(String vantage, InetAddress address, Protocol protocol) {}

  private record Tried(String vantage, InetAddress address) {}

  private final Controls controls;
  private final Map<Asked, TargetReading> readings = new HashMap<>();
  private final Map<Socket, Map<String, PortSet>> open = new HashMap<>();
  private final Map<String, TargetEvidence> targets = new HashMap<>();
  private final Map<Asked, List<WitnessReport>> witnesses = new HashMap<>();
  private final Map<Asked, PortSet> astray = new HashMap<>();
  private final Map<Tried, List<SessionReport>> sessions = new HashMap<>();
  private final Map<Tried, List<OverlayReport>> overlays = new HashMap<>();

  EvidenceIndex(Observations observations) {
    controls = new Controls(observations);
    for (Control c : observations.controls()) {
      if (c.kind() == Kind.ANSWERER && !c.holds()) {
        astray.merge(
            new Asked(c.vantage(), c.address(), Protocol.TCP),
            PortSet.of(c.port()),
            PortSet::union);
      }
    }
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
    for (SessionReport s : observations.sessions()) {
      sessions.computeIfAbsent(new Tried(s.vantage(), s.address()), _ -> new ArrayList<>()).add(s);
    }
    for (OverlayReport o : observations.overlays()) {
      overlays.computeIfAbsent(new Tried(o.vantage(), o.address()), _ -> new ArrayList<>()).add(o);
    }
    for (WitnessReport w : observations.witnesses()) {
      witnesses
          .computeIfAbsent(
              new Asked(w.vantage(), w.address(), w.protocol()), _ -> new ArrayList<>())
          .add(w);
    }
  }

  private PortSet openPorts(TargetReading reading) {
    Asked asked = new Asked(reading.vantage(), reading.address(), reading.protocol());
    return PortSet.of(
            reading.runs().stream()
                .filter(r -> r.observation() instanceof Measured m && m.state() == PortState.OPEN)
                .map(PortRun::ports)
                .toList())
        .minus(astray.getOrDefault(asked, PortSet.NONE));
  }

  /// Ports of which the same was observed, and about which the same is known.
  record Piece(PortSet ports, Observation observation, int rttMicros, Evidence evidence) {}

  /// Which of `others`, ports besides the flow's own, were asked because something listens there.
  PortSet listening(Flow flow, PortSet others) {
    TargetReading reading =
        readings.get(new Asked(flow.vantage(), flow.address(), flow.protocol()));
    return reading == null
        ? PortSet.NONE
        : PortSet.of(reading.runs().stream().map(PortRun::ports).toList()).intersect(others);
  }

  /// Whether the node said what listens on it when the flow was observed.
  boolean knowsListeners(Flow flow) {
    return target(flow) != null;
  }

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
    TargetEvidence target = target(flow);
    if (target != null) {
      parts = cut(parts, target.held(flow.protocol(), flow.address()));
      parts = cut(parts, target.changed(flow.protocol(), flow.address()));
    }
    parts = cut(parts, openElsewhere(flow));
    parts = cut(parts, throughOverlays(flow));
    if (flow.protocol().equals(Protocol.TCP)) {
      parts = cut(parts, SocketTable.SESSION_PORTS);
    }
    parts = cut(parts, astray(flow));
    for (WitnessReport w : witnesses(flow)) {
      parts = cut(parts, PortSet.of(w.port()));
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
    TargetEvidence target = target(flow);
    Optional<WitnessReport> witness =
        witnesses(flow).stream().filter(w -> w.port() == port).findFirst();
    return new Evidence(
        controls.positive(flow.vantage(), flow.address()),
        controls.negative(flow.vantage(), flow.address()),
        target == null ? Hold.UNKNOWN : hold(target, flow, port),
        target == null || target.acceptQueueOverflowed(),
        openElsewhere(flow).contains(port),
        witness.map(WitnessReport::hearing),
        witness.filter(WitnessReport::arrived).isPresent()
            ? Optional.of(Grade.A)
            : controls.datagrams(flow.vantage(), flow.address()),
        astray(flow).contains(port),
        session(flow, port),
        target != null
            && target.unsignedDropped()
            && flow.protocol().equals(Protocol.TCP)
            && SocketTable.SESSION_PORTS.contains(port),
        overlay(flow, port, target == null ? Hold.UNKNOWN : hold(target, flow, port)));
  }

  private PortSet astray(Flow flow) {
    return astray.getOrDefault(
        new Asked(flow.vantage(), flow.address(), flow.protocol()), PortSet.NONE);
  }

  private Session session(Flow flow, int port) {
    Session best = Session.NONE;
    for (SessionReport s :
        sessions.getOrDefault(new Tried(flow.vantage(), flow.address()), List.of())) {
      if (flow.protocol().equals(Protocol.TCP) && s.port() == port) {
        Session found =
            !s.outward() ? Session.INWARD : s.bothEnds() ? Session.OUTWARD_BOTH : Session.OUTWARD;
        best = found.compareTo(best) > 0 ? found : best;
      }
    }
    return best;
  }

  /// What the node knew when the flow was observed.
  private @Nullable TargetEvidence target(Flow flow) {
    return controls.isHere(flow.vantage()) ? targets.get(flow.node()) : null;
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
      if (!entry.getKey().equals(flow.vantage())
          && controls.areTogether(entry.getKey(), flow.vantage())) {
        ports = ports.union(entry.getValue());
      }
    }
    return ports;
  }

  private List<WitnessReport> witnesses(Flow flow) {
    return witnesses.getOrDefault(
        new Asked(flow.vantage(), flow.address(), flow.protocol()), List.of());
  }
}
