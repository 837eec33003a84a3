package io.k8sfw.evaluate;

import io.k8sfw.model.Flow;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.WitnessReport;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds, for each port of a flow, what was observed and what the rest of the audit knows of it.
final class EvidenceIndex {
  private record Socket(InetAddress address, Protocol protocol) {}

  private record Asked(String vantage, InetAddress address, Protocol protocol) {}

  private record Tried(String vantage, InetAddress address) {}

  /// What a flow's ports have in common.
  private record Way(String vantage, String node, InetAddress address, Protocol protocol) {}

  private final Controls controls;
  private final Map<Asked, TargetReading> readings = new HashMap<>();
  private final Map<Socket, OpenPorts> open = new HashMap<>();
  private final Map<String, TargetEvidence> targets = new HashMap<>();
  private final Map<Asked, List<WitnessReport>> witnesses = new HashMap<>();
  private final Map<Asked, PortSet> astray = new HashMap<>();
  private final Map<Tried, List<SessionReport>> sessions = new HashMap<>();
  private final Map<Tried, List<OverlayReport>> overlays = new HashMap<>();
  private final Set<String> members = new HashSet<>();
  private final Set<String> broken = new HashSet<>();

  /// Of the last flow: most flows go the way that the one before them went.
  private @Nullable Way way;

  private @Nullable Surroundings around;

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
      // What was seen at another time says nothing to others.
      if (controls.negative(r.vantage(), r.address()) && controls.isHere(r.vantage())) {
        open.computeIfAbsent(new Socket(r.address(), r.protocol()), _ -> new OpenPorts())
            .add(r.vantage(), openPorts(r));
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
      if (o.means() == OverlayReport.Means.ECHO) {
        members.add(o.vantage());
        if (!o.cameThrough()) {
          broken.add(o.vantage());
          broken.add(o.node());
        }
      }
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

  /// Ports of one address that vantage points saw open.
  private static final class OpenPorts {
    private final Map<String, PortSet> byVantage = new HashMap<>();
    private PortSet once = PortSet.NONE;
    private PortSet twice = PortSet.NONE;

    void add(String vantage, PortSet ports) {
      byVantage.put(vantage, ports);
      twice = twice.union(once.intersect(ports));
      once = once.union(ports);
    }

    PortSet forOthersThan(String vantage) {
      PortSet own = byVantage.getOrDefault(vantage, PortSet.NONE);
      return twice.union(once.minus(own));
    }
  }

  /// Ports of which the same was observed, and about which the same is known.
  record Piece(PortSet ports, Observation observation, int rttMicros, Evidence evidence) {}

  /// Which of `others`, ports besides the flow's own, were asked because something listens there.
  PortSet listening(Flow flow, PortSet others) {
    TargetReading reading =
        readings.get(new Asked(flow.vantage(), flow.address(), flow.protocol()));
    return reading == null || others.isEmpty()
        ? PortSet.NONE
        : PortSet.of(reading.runs().stream().map(PortRun::ports).toList()).intersect(others);
  }

  /// Whether the node said what listens on it when the flow was observed.
  boolean knowsListeners(Flow flow) {
    return target(flow) != null;
  }

  /// Disjoint; together exactly the flow's ports. What nobody reported on is unmeasured.
  List<Piece> pieces(Flow flow) {
    return around(flow).pieces(flow);
  }

  private Surroundings around(Flow flow) {
    Way now = new Way(flow.vantage(), flow.node(), flow.address(), flow.protocol());
    Surroundings known = around;
    if (known == null || !now.equals(way)) {
      known = surroundings(flow);
      around = known;
      way = now;
    }
    return known;
  }

  private Surroundings surroundings(Flow flow) {
    Asked asked = new Asked(flow.vantage(), flow.address(), flow.protocol());
    Tried tried = new Tried(flow.vantage(), flow.address());
    OpenPorts seen = open.get(new Socket(flow.address(), flow.protocol()));
    return new Surroundings(
        Optional.ofNullable(readings.get(asked)),
        Optional.ofNullable(target(flow)),
        flow,
        seen == null || !controls.isHere(flow.vantage())
            ? PortSet.NONE
            : seen.forOthersThan(flow.vantage()),
        astray.getOrDefault(asked, PortSet.NONE),
        witnesses.getOrDefault(asked, List.of()),
        sessions.getOrDefault(tried, List.of()),
        overlays.getOrDefault(tried, List.of()),
        controls);
  }

  /// What the node knew when the flow was observed.
  private @Nullable TargetEvidence target(Flow flow) {
    return controls.isHere(flow.vantage()) ? targets.get(flow.node()) : null;
  }

  /// Whether a place is a node that speaks through an overlay.
  boolean isMember(String vantage) {
    return members.contains(vantage);
  }

  /// Whether members of the overlay cannot reach `node`, or are not reached from it.
  boolean overlayIsBroken(String node) {
    return broken.contains(node);
  }
}
