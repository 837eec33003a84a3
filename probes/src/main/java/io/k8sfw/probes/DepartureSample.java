package io.k8sfw.probes;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.batch.SparedPorts;
import io.k8sfw.vantage.Vantage.Departures.Fate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Which ports of one reading speak for the rest, and what their fates say of it.
///
/// Silence and refusals count only where their sample was seen leaving this machine; an open port
/// only where no redirect of this machine took the sample elsewhere.
final class DepartureSample {
  /// Of one reading, controls not counted.
  private static final int MOST = 64;

  private static final int MOST_CONTROLS = 4;

  /// What an observation claims, and how many ports at most vouch for a run of it.
  private enum Claim {
    SILENT(8),
    REFUSED(4),
    OPEN(2);

    private final int most;

    Claim(int most) {
      this.most = most;
    }

    /// @return empty where this machine can have no part in it: nothing was measured, a box on the
    ///   way gave its name, or nobody answered for the address
    static Optional<Claim> of(PortRun run) {
      if (!(run.observation() instanceof Measured m) || m.unstable() || m.icmp().isPresent()) {
        return Optional.empty();
      }
      return switch (m.state()) {
        case OPEN -> Optional.of(OPEN);
        case CLOSED -> Optional.of(REFUSED);
        case FILTERED ->
            m.reason() == Reason.HOST_UNREACHABLE || m.reason() == Reason.NET_UNREACHABLE
                ? Optional.empty()
                : Optional.of(m.reason() == Reason.NO_RESPONSE ? SILENT : REFUSED);
        case OPEN_FILTERED -> Optional.empty();
      };
    }
  }

  private final TargetReading reading;
  private final Map<PortRun, List<Integer>> picks = new LinkedHashMap<>();

  /// Ports on which a control held: what answered there must not have been this machine.
  private final Set<Integer> controlled;

  /// Ports on which the node saw our packets arrive: they do leave, whether the tap shows it or
  /// not.
  private final Set<Integer> arrived;

  /// @param reading of TCP
  /// @param controls of its vantage point and address
  /// @param guarded ports that are never asked
  DepartureSample(TargetReading reading, List<Control> controls, PortSet guarded) {
    this.reading = reading;
    pick(guarded);
    controlled = held(controls, guarded, Set.of(Kind.POSITIVE, Kind.NEGATIVE));
    arrived = held(controls, guarded, Set.of(Kind.ARRIVAL));
  }

  private static Set<Integer> held(List<Control> controls, PortSet guarded, Set<Kind> kinds) {
    Set<Integer> ports = new LinkedHashSet<>();
    for (Control c : controls) {
      boolean fit =
          c.port() > 0 && !guarded.contains(c.port()) && !SparedPorts.ALL.contains(c.port());
      if (c.holds() && fit && kinds.contains(c.kind()) && ports.size() < MOST_CONTROLS) {
        ports.add(c.port());
      }
    }
    return ports;
  }

  /// The first port of every run comes before the second of any, and silence before the others.
  private void pick(PortSet guarded) {
    Map<PortRun, List<Integer>> candidates = new LinkedHashMap<>();
    for (Claim claim : Claim.values()) {
      for (PortRun run : reading.runs()) {
        if (Claim.of(run).equals(Optional.of(claim))) {
          PortSet not = claim == Claim.OPEN ? guarded.union(SparedPorts.ALL) : guarded;
          candidates.put(
              run, spread(run.ports(), claim.most).filter(p -> !not.contains(p)).boxed().toList());
        }
      }
    }
    int count = 0;
    for (int nth = 0; nth < Claim.SILENT.most; nth++) {
      for (Map.Entry<PortRun, List<Integer>> each : candidates.entrySet()) {
        if (nth < each.getValue().size() && count < MOST) {
          picks
              .computeIfAbsent(each.getKey(), _ -> new ArrayList<>())
              .add(each.getValue().get(nth));
          count++;
        }
      }
    }
  }

  /// The first, the last, and what lies evenly between.
  private static IntStream spread(PortRange range, int most) {
    int steps = Math.min(most, range.last() - range.first() + 1) - 1;
    if (steps == 0) {
      return IntStream.of(range.first());
    }
    long width = (long) range.last() - range.first();
    return IntStream.concat(
        IntStream.of(range.first(), range.last()),
        IntStream.range(1, steps).map(i -> (int) (range.first() + i * width / steps)));
  }

  TargetReading reading() {
    return reading;
  }

  /// What to ask, the most telling first; empty where nothing depends on it.
  List<Integer> ports() {
    if (picks.isEmpty()) {
      return List.of();
    }
    Set<Integer> ports = new LinkedHashSet<>();
    ports.addAll(controlled);
    ports.addAll(arrived);
    for (int nth = 0; nth < Claim.SILENT.most; nth++) {
      for (List<Integer> picked : picks.values()) {
        if (nth < picked.size()) {
          ports.add(picked.get(nth));
        }
      }
    }
    return List.copyOf(ports);
  }

  /// @param reading without what this machine itself may have made
  /// @param control empty where nothing can be told
  /// @param answersItself what this machine does in the address's name; empty where it does not
  record Ruling(TargetReading reading, Optional<Control> control, Optional<String> answersItself) {}

  /// @param fates of those [#ports] that could be asked
  Ruling judge(Map<Integer, Fate> fates) {
    if (isBlind(fates)) {
      return new Ruling(reading, Optional.empty(), Optional.empty());
    }
    boolean someLeft = fates.containsValue(Fate.LEFT);
    List<Integer> failed =
        picks.entrySet().stream().flatMap(e -> failed(e.getKey(), e.getValue(), fates)).toList();
    Optional<String> answersItself = answering(fates).map(port -> why(port, fates, someLeft));
    List<PortRun> runs =
        reading.runs().stream()
            .map(run ->
                cause(run, fates, failed, answersItself)
                    .<PortRun>map(
                        cause -> new PortRun(run.ports(), new Unmeasured(Untrusted.of(cause)), -1))
                    .orElse(run))
            .toList();
    return new Ruling(
        new TargetReading(reading.vantage(), reading.address(), reading.protocol(), runs),
        control(fates, failed),
        answersItself);
  }

  /// Whether packets leave without our seeing it, for instance because IPsec wraps them first.
  private boolean isBlind(Map<Integer, Fate> fates) {
    boolean provenToLeave =
        fates.containsValue(Fate.HIDDEN)
            || arrived.stream()
                .map(fates::get)
                .anyMatch(fate -> fate == Fate.HELD_BACK || fate == Fate.REFUSED_HERE);
    return provenToLeave && !fates.containsValue(Fate.LEFT);
  }

  private static java.util.stream.Stream<Integer> failed(
      PortRun run, List<Integer> ports, Map<Integer, Fate> fates) {
    boolean open = Claim.of(run).equals(Optional.of(Claim.OPEN));
    return ports.stream()
        .filter(fates::containsKey)
        .filter(port -> {
          Fate fate = fates.get(port);
          return open ? fate == Fate.DIVERTED : fate != Fate.LEFT;
        });
  }

  /// A port on which this machine itself stood in for the address, so that controls of it may have
  /// been met by nobody else.
  private Optional<Integer> answering(Map<Integer, Fate> fates) {
    return fates.keySet().stream()
        .sorted()
        .filter(port -> {
          boolean answered = controlled.contains(port) || isRefused(port);
          return fates.get(port) == Fate.REFUSED_HERE
              || (fates.get(port) == Fate.DIVERTED && answered);
        })
        .findFirst();
  }

  private boolean isRefused(int port) {
    return reading.at(port).flatMap(Claim::of).equals(Optional.of(Claim.REFUSED));
  }

  /// Why a run proves nothing; empty where it stands.
  private Optional<String> cause(
      PortRun run, Map<Integer, Fate> fates, List<Integer> failed, Optional<String> answersItself) {
    Optional<Claim> claim = Claim.of(run);
    if (claim.isEmpty()) {
      return Optional.empty();
    }
    List<Integer> sample = picks.getOrDefault(run, List.of());
    Optional<Integer> own = failed(run, sample, fates).findFirst();
    if (own.isPresent()) {
      return Optional.of(why(own.get(), fates, fates.containsValue(Fate.LEFT)));
    }
    if (claim.get() == Claim.SILENT && answersItself.isPresent()) {
      return Optional.of(answersItself.get() + "; so silence proves nothing");
    }
    boolean vouched = claim.get() == Claim.OPEN || sample.stream().anyMatch(fates::containsKey);
    return vouched || failed.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "this machine's own rules keep back some of what we send to "
                + AddressText.of(reading.address())
                + " (port "
                + failed.getFirst()
                + "), and of these ports none was tried again");
  }

  private String why(int port, Map<Integer, Fate> fates, boolean someLeft) {
    return switch (fates.getOrDefault(port, Fate.HELD_BACK)) {
      case DIVERTED -> "this machine's own rules send elsewhere what we send to port " + port;
      case REFUSED_HERE ->
          "this machine itself refuses what we send to port " + port + ": it was not seen leaving";
      case LEFT, HELD_BACK, HIDDEN ->
          someLeft
              ? "this machine's own rules drop what we send to port "
                  + port
                  + ": it was not seen leaving"
              : "nothing that we send to "
                  + AddressText.of(reading.address())
                  + " was seen leaving this machine: its own rules drop it, or its next hop does"
                  + " not answer";
    };
  }

  private Optional<Control> control(Map<Integer, Fate> fates, List<Integer> failed) {
    long asked = picks.values().stream().flatMap(List::stream).filter(fates::containsKey).count();
    if (asked == 0) {
      return Optional.empty();
    }
    boolean holds = failed.isEmpty();
    String detail =
        holds
            ? asked + " of " + asked + " attempts were seen leaving this machine"
            : why(failed.getFirst(), fates, fates.containsValue(Fate.LEFT));
    return Optional.of(
        new Control(
            reading.vantage(),
            reading.address(),
            Kind.DEPARTURE,
            Phase.AFTER,
            holds ? 0 : failed.getFirst(),
            holds,
            detail));
  }
}
