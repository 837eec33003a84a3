package io.k8sfw.probes;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.DepartureSample.Ruling;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.Departures;
import io.k8sfw.vantage.Vantage.Departures.Fate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Shows that what a vantage point sends does leave its machine. A connection attempt that the
/// machine's own firewall drops (an egress rule that lets 443 out and nothing else) looks to its
/// socket as if the target dropped it, and one that is reset there as if the target had reset it.
///
/// Asks a sample of the ports again. What turns out to be this machine's own doing is unmeasured.
final class DeparturePhase {
  /// The part of an order's connection tracking entries that this may take on top.
  private static final int TRACKED_PART = 10;

  /// What is asked of an address however few those entries are.
  private static final int LEAST = 8;

  private final Map<String, Vantage> vantages;
  private final Progress progress;

  DeparturePhase(Map<String, Vantage> vantages, Progress progress) {
    this.vantages = vantages;
    this.progress = progress;
  }

  /// @param readings one for each given, without what cannot be believed
  /// @param controls those given, positive ones that this machine itself met no longer holding, and
  ///   a departure control for each vantage point and address that could be watched
  /// @param sent attempts of each vantage point
  /// @param failures why a vantage point that may watch could not, by its name
  record Result(
      List<TargetReading> readings,
      List<Control> controls,
      Map<String, Long> sent,
      Map<String, String> failures) {}

  /// What one vantage point's watching came to.
  private record Watched(Map<TargetReading, Ruling> rulings, long sent, Optional<String> failure) {
    static final Watched NOTHING = new Watched(Map.of(), 0, Optional.empty());
  }

  private record Pair(String vantage, InetAddress address) {}

  Result run(List<ProbeOrder> orders, List<TargetReading> readings, List<Control> controls) {
    Map<String, ProbeOrder> first = new LinkedHashMap<>();
    for (ProbeOrder order : orders) {
      Vantage vantage = vantages.get(order.vantage());
      if (vantage != null && vantage.capabilities().contains(Capability.PACKET_TAP)) {
        first.putIfAbsent(order.vantage(), order);
      }
    }
    Map<String, Watched> watched =
        Parallel.each(
            first.keySet(), name -> watch(name, samples(name, orders, readings, controls), first));
    Map<TargetReading, Ruling> rulings = new LinkedHashMap<>();
    Map<String, Long> sent = new HashMap<>();
    Map<String, String> failures = new HashMap<>();
    watched.forEach((name, each) -> {
      rulings.putAll(each.rulings());
      sent.put(name, each.sent());
      each.failure().ifPresent(failure -> failures.put(name, failure));
    });
    return new Result(
        readings.stream()
            .map(r -> {
              Ruling ruling = rulings.get(r);
              return ruling == null ? r : ruling.reading();
            })
            .toList(),
        controls(controls, rulings),
        sent,
        failures);
  }

  private static List<DepartureSample> samples(
      String name, List<ProbeOrder> orders, List<TargetReading> readings, List<Control> controls) {
    List<DepartureSample> samples = new ArrayList<>();
    for (TargetReading reading : readings) {
      if (reading.vantage().equals(name) && reading.protocol().equals(Protocol.TCP)) {
        List<Control> about =
            controls.stream()
                .filter(c -> c.vantage().equals(name) && c.address().equals(reading.address()))
                .toList();
        samples.add(new DepartureSample(reading, about, guarded(name, reading.address(), orders)));
      }
    }
    return samples;
  }

  private static PortSet guarded(String vantage, InetAddress address, List<ProbeOrder> orders) {
    return orders.stream()
        .filter(order -> order.vantage().equals(vantage))
        .flatMap(order -> order.targets().stream())
        .filter(target -> target.address().equals(address))
        .map(Target::guarded)
        .reduce(PortSet.NONE, PortSet::union);
  }

  private Watched watch(String name, List<DepartureSample> samples, Map<String, ProbeOrder> first) {
    Vantage vantage = vantages.get(name);
    ProbeOrder order = first.get(name);
    if (vantage == null || order == null) {
      return Watched.NOTHING;
    }
    int most = Math.max(LEAST * samples.size(), order.trackedAtMost() / TRACKED_PART);
    List<InetSocketAddress> ports = inTurn(samples).stream().limit(most).toList();
    if (ports.isEmpty() || progress.cancelled()) {
      return Watched.NOTHING;
    }
    Optional<Departures> departures;
    try {
      departures = vantage.watchDepartures(ports, order.pace(), progress);
    } catch (IOException | RuntimeException e) {
      return new Watched(Map.of(), 0, Optional.of("watching what leaves its machine: " + e));
    }
    Map<TargetReading, Ruling> rulings = new LinkedHashMap<>();
    departures.ifPresent(seen -> {
      for (DepartureSample sample : samples) {
        rulings.put(sample.reading(), sample.judge(fates(sample, seen)));
      }
    });
    return new Watched(rulings, departures.map(Departures::sent).orElse(0L), Optional.empty());
  }

  /// Address by address, so that the pace of one does not hold up the others.
  private static List<InetSocketAddress> inTurn(List<DepartureSample> samples) {
    Set<InetSocketAddress> ports = new LinkedHashSet<>();
    int most = samples.stream().mapToInt(s -> s.ports().size()).max().orElse(0);
    for (int nth = 0; nth < most; nth++) {
      for (DepartureSample sample : samples) {
        if (nth < sample.ports().size()) {
          ports.add(new InetSocketAddress(sample.reading().address(), sample.ports().get(nth)));
        }
      }
    }
    return List.copyOf(ports);
  }

  private static Map<Integer, Fate> fates(DepartureSample sample, Departures seen) {
    Map<Integer, Fate> fates = new LinkedHashMap<>();
    for (int port : sample.ports()) {
      Fate fate = seen.fates().get(new InetSocketAddress(sample.reading().address(), port));
      if (fate != null) {
        fates.put(port, fate);
      }
    }
    return fates;
  }

  private static List<Control> controls(List<Control> before, Map<TargetReading, Ruling> rulings) {
    Map<Pair, String> answering = new HashMap<>();
    List<Control> controls = new ArrayList<>();
    rulings.forEach((reading, ruling) ->
        ruling
            .answersItself()
            .ifPresent(
                why -> answering.putIfAbsent(new Pair(reading.vantage(), reading.address()), why)));
    for (Control c : before) {
      String why = answering.get(new Pair(c.vantage(), c.address()));
      controls.add(
          why != null && c.kind() == Kind.POSITIVE && c.holds()
              ? new Control(c.vantage(), c.address(), c.kind(), c.phase(), c.port(), false, why)
              : c);
    }
    rulings.values().stream().flatMap(r -> r.control().stream()).forEach(controls::add);
    return controls;
  }
}
