package io.k8sfw.probes;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.probes.Question.Spot;
import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.Arrivals;
import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Settles what a reset, or the silence of a UDP port, cannot tell: is it the target's kernel,
/// since nobody listens, or a firewall? Somebody listens for a moment, and either hears us or not.
final class WitnessPhase {
  /// Ports that one node holds, so many at a time.
  private static final int HOLDS_PER_NODE = 128;

  private static final int HOLDS_AT_ONCE = 16;

  /// Nodes that hold ports at a time: an agent answers so many questions at once, and no more.
  private static final int NODES_AT_ONCE = 3;

  private static final long BUDGET = TimeUnit.SECONDS.toNanos(90);

  private final Map<String, Vantage> vantages;
  private final Progress progress;
  private final Semaphore slots = new Semaphore(NODES_AT_ONCE);

  WitnessPhase(Map<String, Vantage> vantages, Progress progress) {
    this.vantages = vantages;
    this.progress = progress;
  }

  /// @return reports on those ports that were free, did not answer somebody, and could be held
  List<WitnessReport> run(
      List<ProbeOrder> orders, List<TargetReading> readings, List<TargetEvidence> targets) {
    long deadline = System.nanoTime() + BUDGET;
    Map<String, List<Spot>> spots = new LinkedHashMap<>();
    for (TargetEvidence evidence : targets) {
      Vantage node = vantages.get(evidence.node());
      if (node != null && node.capabilities().contains(Capability.WITNESS)) {
        spots.put(evidence.node(), spots(evidence, orders, readings));
      }
    }
    Map<String, Optional<Arrivals>> leaving =
        Parallel.each(askers(spots), name -> watch(name, Vantage::watchLeaving));
    try {
      return Parallel.each(spots.keySet(), node -> hold(node, spots, leaving, deadline))
          .values()
          .stream()
          .flatMap(List::stream)
          .toList();
    } finally {
      leaving.values().forEach(tap -> tap.ifPresent(Arrivals::close));
    }
  }

  private static Set<String> askers(Map<String, List<Spot>> spots) {
    Set<String> askers = new LinkedHashSet<>();
    spots.values().stream()
        .flatMap(List::stream)
        .filter(spot -> spot.protocol().equals(Protocol.UDP))
        .forEach(spot -> spot.askers().forEach(a -> askers.add(a.name())));
    return askers;
  }

  /// UDP first: of a free port of it nothing else is known, and those that are not heard take as
  /// long together as one alone.
  private List<Spot> spots(
      TargetEvidence evidence, List<ProbeOrder> orders, List<TargetReading> readings) {
    Map<List<Object>, Spot> spots = new LinkedHashMap<>();
    for (Protocol protocol : List.of(Protocol.UDP, Protocol.TCP)) {
      for (ProbeOrder order : orders) {
        Vantage asker = vantages.get(order.vantage());
        for (Target target : order.targets()) {
          boolean ofNode = target.node().equals(Optional.of(evidence.node()));
          if (ofNode && asker != null && target.protocol().equals(protocol)) {
            add(spots, asker, target, evidence, readings);
          }
        }
      }
    }
    return List.copyOf(spots.values());
  }

  private static void add(
      Map<List<Object>, Spot> spots,
      Vantage asker,
      Target target,
      TargetEvidence evidence,
      List<TargetReading> readings) {
    if (target.witnessable().isEmpty()) {
      return;
    }
    Protocol protocol = target.protocol();
    PortSet unsettled = unsettled(asker.name(), target, readings);
    for (int port : target.witnessable().intersect(unsettled).stream().toArray()) {
      List<Object> key = List.of(target.address(), protocol, port);
      boolean wanted = spots.containsKey(key) || spots.size() < HOLDS_PER_NODE;
      if (wanted && evidence.isFree(protocol, target.address(), port)) {
        spots
            .computeIfAbsent(
                key, _ -> new Spot(target.address(), protocol, port, new ArrayList<>()))
            .askers()
            .add(asker);
      }
    }
  }

  private static PortSet unsettled(String vantage, Target target, List<TargetReading> readings) {
    List<PortRange> unsettled = new ArrayList<>();
    for (TargetReading reading : readings) {
      if (reading.vantage().equals(vantage)
          && reading.address().equals(target.address())
          && reading.protocol().equals(target.protocol())) {
        reading.runs().stream()
            .filter(WitnessPhase::isUnsettled)
            .map(PortRun::ports)
            .forEach(unsettled::add);
      }
    }
    return PortSet.of(unsettled);
  }

  private static boolean isUnsettled(PortRun run) {
    if (!(run.observation() instanceof Measured m)) {
      return false;
    }
    return switch (m.state()) {
      case CLOSED -> m.reason() == Reason.RESET || m.reason() == Reason.PORT_UNREACHABLE;
      case OPEN_FILTERED -> true;
      case OPEN, FILTERED -> false;
    };
  }

  private List<WitnessReport> hold(
      String name,
      Map<String, List<Spot>> spots,
      Map<String, Optional<Arrivals>> leaving,
      long deadline) {
    Vantage node = vantages.get(name);
    List<Spot> mine = spots.getOrDefault(name, List.of());
    List<WitnessReport> reports = new ArrayList<>();
    if (node == null || mine.isEmpty()) {
      return reports;
    }
    boolean datagrams = mine.stream().anyMatch(s -> s.protocol().equals(Protocol.UDP));
    Optional<Arrivals> arriving =
        datagrams ? watch(name, Vantage::watchArrivals) : Optional.empty();
    try {
      for (int i = 0; i < mine.size(); i += HOLDS_AT_ONCE) {
        slots.acquireUninterruptibly();
        try {
          if (progress.cancelled() || System.nanoTime() - deadline > 0) {
            break;
          }
          List<Spot> some = mine.subList(i, Math.min(mine.size(), i + HOLDS_AT_ONCE));
          reports.addAll(hold(node, some, arriving, leaving));
        } finally {
          slots.release();
        }
      }
    } finally {
      arriving.ifPresent(Arrivals::close);
    }
    return reports;
  }

  private List<WitnessReport> hold(
      Vantage node,
      List<Spot> spots,
      Optional<Arrivals> arriving,
      Map<String, Optional<Arrivals>> leaving) {
    List<Witness> held = new ArrayList<>();
    try {
      List<Question> questions = new ArrayList<>();
      for (Spot spot : spots) {
        Map<String, Vantage> tokens = new LinkedHashMap<>();
        spot.askers().forEach(a -> tokens.put(Challenge.random(HeldSocket.RANDOM), a));
        take(node, spot, tokens.keySet())
            .ifPresent(witness -> {
              held.add(witness);
              tokens.forEach((token, asker) ->
                  questions.add(
                      new Question(
                          spot,
                          asker,
                          token,
                          witness,
                          arriving,
                          leaving.getOrDefault(asker.name(), Optional.empty()))));
            });
      }
      return Parallel.each(questions, question -> question.ask(progress)).values().stream()
          .flatMap(Optional::stream)
          .toList();
    } finally {
      held.forEach(Witness::close);
    }
  }

  /// Binding it is the last word on whether it is free.
  private static Optional<Witness> take(Vantage node, Spot spot, Set<String> tokens) {
    try {
      return node.holdWitness(spot.protocol(), spot.address(), spot.port(), tokens);
    } catch (IOException | RuntimeException _) {
      // Nothing was learnt of the port; what was learnt of it before stands.
      return Optional.empty();
    }
  }

  /// One kind of watching.
  private interface Watching {
    Optional<Arrivals> at(Vantage vantage) throws IOException;
  }

  private Optional<Arrivals> watch(String name, Watching watching) {
    Vantage vantage = vantages.get(name);
    try {
      return vantage != null && vantage.capabilities().contains(Capability.PACKET_TAP)
          ? watching.at(vantage)
          : Optional.empty();
    } catch (IOException | RuntimeException _) {
      // Without a watcher there is less to go by, and that is all.
      return Optional.empty();
    }
  }
}
