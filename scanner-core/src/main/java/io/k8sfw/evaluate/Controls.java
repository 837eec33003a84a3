package io.k8sfw.evaluate;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.observation.WitnessReport.Hearing;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What may be believed of what each vantage point says about each address.
///
/// The positive control is a ladder: the node saw our packets arrive, before the probing and after,
/// or its witness heard us (A); the address answered us (B); a neighbour of it answered us to the
/// end, and it answered somebody else (C). Without any, silence means nothing.
///
/// What answered datagrams did so at its own time: it vouches for datagrams, not for connects that
/// were silent before or after.
final class Controls {
  /// Neighbours share a /24 (IPv4) or a /64 (IPv6), the usual sizes of a node network.
  private static final int NEIGHBOUR_BYTES_4 = 3;

  private static final int NEIGHBOUR_BYTES_6 = 8;

  /// Connects.
  private final Map<String, Set<InetAddress>> answered = new HashMap<>();

  /// By address: who got an answer of it.
  private final Map<InetAddress, Set<String>> answerers = new HashMap<>();

  /// By vantage point: where it got answers, and to the end.
  private final Map<String, Set<Neighbourhood>> neighbourhoods = new HashMap<>();

  /// Where an address that had answered did so no more: whatever silenced it may have silenced its
  /// neighbours, of which nobody would know.
  private final Map<String, Set<InetAddress>> silenced = new HashMap<>();

  /// Where no canary told what is lost on the way, of the address or of a neighbour: neither what
  /// the address answered before or after it, nor its neighbours, vouch for its silence.
  private final Map<String, Set<InetAddress>> unsounded = new HashMap<>();

  private final Map<String, Set<InetAddress>> heard = new HashMap<>();
  private final Arrived arrived = new Arrived();
  private final Arrived datagramArrived = new Arrived();
  private final Map<String, Set<InetAddress>> datagramHeard = new HashMap<>();
  private final Map<String, Set<InetAddress>> datagramAnswered = new HashMap<>();
  private final Map<String, Set<InetAddress>> negativeHeld = new HashMap<>();
  private final Map<String, Set<InetAddress>> negativeFailed = new HashMap<>();

  /// Places that observed at another time: they prove nothing for others, and others nothing for
  /// them.
  private final Set<String> apart;

  Controls(Observations observations) {
    apart =
        observations.vantages().stream()
            .filter(v -> v.taken().isPresent())
            .map(VantageReport::vantage)
            .collect(Collectors.toSet());
    Set<String> blind = withoutErrorQueue(observations);
    for (TargetReading reading : observations.readings()) {
      boolean resetsCount = !blind.contains(reading.vantage());
      if (reading.runs().stream().anyMatch(r -> isAnswer(r, reading.address(), resetsCount))) {
        boolean datagrams = reading.protocol().equals(Protocol.UDP);
        put(datagrams ? datagramAnswered : answered, reading.vantage(), reading.address());
      }
    }
    for (Control control : observations.controls()) {
      take(control);
    }
    for (PathReport path : observations.paths()) {
      if (path.asked() == 0) {
        put(unsounded, path.vantage(), path.address());
      }
    }
    datagramAnswered.forEach((vantage, addresses) -> addresses.forEach(a -> answers(vantage, a)));
    answered.forEach((vantage, addresses) ->
        addresses.forEach(address -> {
          answers(vantage, address);
          if (!has(silenced, vantage, address)) {
            neighbourhoods
                .computeIfAbsent(vantage, _ -> new HashSet<>())
                .add(Neighbourhood.of(address));
          }
        }));
    for (WitnessReport witness : observations.witnesses()) {
      if (witness.heard()) {
        put(heard, witness.vantage(), witness.address());
      }
      if (witness.protocol().equals(Protocol.UDP) && witness.hearing() != Hearing.UNHEARD) {
        put(datagramHeard, witness.vantage(), witness.address());
      }
    }
  }

  private void answers(String vantage, InetAddress address) {
    answerers.computeIfAbsent(address, _ -> new HashSet<>()).add(vantage);
  }

  private void take(Control control) {
    Map<String, Set<InetAddress>> into =
        switch (control.kind()) {
          case POSITIVE -> control.holds() ? answered : silenced;
          case ARRIVAL -> arrived.of(control);
          case DATAGRAM -> datagramArrived.of(control);
          // It speaks for its port alone.
          case ANSWERER -> new HashMap<>();
          // For the record: what never left is not among the readings.
          case DEPARTURE -> new HashMap<>();
          case NEGATIVE -> control.holds() ? negativeHeld : negativeFailed;
        };
    put(into, control.vantage(), control.address());
  }

  private static void put(Map<String, Set<InetAddress>> map, String vantage, InetAddress address) {
    map.computeIfAbsent(vantage, _ -> new HashSet<>()).add(address);
  }

  /// Vantage points whose resets may be ICMP errors of any box on the way.
  private static Set<String> withoutErrorQueue(Observations observations) {
    return observations.vantages().stream()
        .filter(v -> !v.capabilities().contains(Capability.ERROR_QUEUE))
        .map(VantageReport::vantage)
        .collect(Collectors.toSet());
  }

  /// An answer of the address itself, not of a box on the way.
  private static boolean isAnswer(PortRun run, InetAddress address, boolean resetsCount) {
    Observation observation = run.observation();
    if (!(observation instanceof Measured measured)) {
      return false;
    }
    if (measured.icmp().isPresent()) {
      return measured.icmp().get().from().equals(address);
    }
    return measured.state() == PortState.OPEN
        || (measured.state() == PortState.CLOSED && resetsCount);
  }

  /// The best rung that holds; empty where silence means nothing.
  Optional<Grade> positive(String vantage, InetAddress address, Protocol protocol) {
    if (arrived.throughout(vantage, address) || has(heard, vantage, address)) {
      return Optional.of(Grade.A);
    }
    boolean byDatagram = protocol.equals(Protocol.UDP) && has(datagramAnswered, vantage, address);
    if (has(answered, vantage, address) || byDatagram) {
      return Optional.of(Grade.B);
    }
    // The address itself did not answer, so whoever did from there is a neighbour.
    boolean neighbour =
        !has(unsounded, vantage, address)
            && neighbourhoods.getOrDefault(vantage, Set.of()).contains(Neighbourhood.of(address));
    boolean alive =
        answerers.getOrDefault(address, Set.of()).stream()
            .anyMatch(other -> !other.equals(vantage) && areTogether(other, vantage));
    return neighbour && alive ? Optional.of(Grade.C) : Optional.empty();
  }

  /// The best rung that holds for a connect that stayed silent. What answered once says nothing of
  /// later: there, somebody must have told all along what is lost on the way, or the node itself
  /// what arrived.
  Optional<Grade> silence(String vantage, InetAddress address) {
    return positive(vantage, address, Protocol.TCP)
        .filter(grade -> grade == Grade.A || !has(unsounded, vantage, address));
  }

  /// The best proof that datagrams of the vantage point reach the address; empty where the silence
  /// of a witness means nothing.
  Optional<Grade> datagrams(String vantage, InetAddress address) {
    if (datagramArrived.throughout(vantage, address) || has(datagramHeard, vantage, address)) {
      return Optional.of(Grade.A);
    }
    return has(datagramAnswered, vantage, address) ? Optional.of(Grade.B) : Optional.empty();
  }

  /// Whether `vantage` observed during the run, as the targets themselves did.
  boolean isHere(String vantage) {
    return !apart.contains(vantage);
  }

  /// Whether both observed during the run, so that one can tell something for the other.
  boolean areTogether(String one, String other) {
    return isHere(one) && isHere(other);
  }

  /// Whether an open port is one, and not something on the way that accepts everything.
  boolean negative(String vantage, InetAddress address) {
    return has(negativeHeld, vantage, address) && !has(negativeFailed, vantage, address);
  }

  private static boolean has(
      Map<String, Set<InetAddress>> map, String vantage, InetAddress address) {
    return map.getOrDefault(vantage, Set.of()).contains(address);
  }

  /// Where the node saw packets of a vantage point arrive. It has to see them after the probing as
  /// well as before: a node that is gone by then was no wall, and cannot say so.
  private static final class Arrived {
    private final Map<String, Set<InetAddress>> before = new HashMap<>();
    private final Map<String, Set<InetAddress>> after = new HashMap<>();
    private final Map<String, Set<InetAddress>> lost = new HashMap<>();

    Map<String, Set<InetAddress>> of(Control control) {
      if (!control.holds()) {
        return lost;
      }
      return control.phase() == Phase.BEFORE ? before : after;
    }

    boolean throughout(String vantage, InetAddress address) {
      return has(before, vantage, address)
          && has(after, vantage, address)
          && !has(lost, vantage, address);
    }
  }

  /// The first bytes of an address and all its neighbours.
  private record Neighbourhood(Family family, ByteBuffer prefix) {
    static Neighbourhood of(InetAddress address) {
      Family family = Family.of(address);
      int bytes = family == Family.IPV4 ? NEIGHBOUR_BYTES_4 : NEIGHBOUR_BYTES_6;
      return new Neighbourhood(family, ByteBuffer.wrap(address.getAddress(), 0, bytes));
    }
  }
}
