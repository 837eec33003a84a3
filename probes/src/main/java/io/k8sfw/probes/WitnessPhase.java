package io.k8sfw.probes;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Settles what a reset cannot tell: did the target's kernel send it because nobody listens, or a
/// firewall? Somebody listens for a moment, and either is heard of or not.
final class WitnessPhase {
  /// Ports that one node holds, one after the other.
  private static final int HOLDS_PER_NODE = 128;

  private static final int ATTEMPTS = 3;
  private static final int PATIENCE_MILLIS = 1000;
  private static final int GAP_MILLIS = 50;
  private static final long BUDGET = TimeUnit.SECONDS.toNanos(60);

  private final Map<String, Vantage> vantages;
  private final Progress progress;

  /// A port to hold, and who asks.
  private record Spot(InetAddress address, int port, List<Vantage> askers) {}

  WitnessPhase(Map<String, Vantage> vantages, Progress progress) {
    this.vantages = vantages;
    this.progress = progress;
  }

  /// @return reports on those ports that were free, refused somebody, and could be held
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
    return Parallel.each(spots.keySet(), node -> hold(node, spots, deadline)).values().stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<Spot> spots(
      TargetEvidence evidence, List<ProbeOrder> orders, List<TargetReading> readings) {
    Map<List<Object>, Spot> spots = new LinkedHashMap<>();
    for (ProbeOrder order : orders) {
      Vantage asker = vantages.get(order.vantage());
      for (Target target : order.targets()) {
        boolean ofNode =
            target.node().equals(Optional.of(evidence.node()))
                && target.protocol().equals(Protocol.TCP);
        if (!ofNode || asker == null || target.witnessable().isEmpty()) {
          continue;
        }
        PortSet refused = refused(order.vantage(), target, readings);
        for (int port : target.witnessable().intersect(refused).stream().toArray()) {
          List<Object> key = List.of(target.address(), port);
          boolean wanted = spots.containsKey(key) || spots.size() < HOLDS_PER_NODE;
          if (wanted && evidence.isFree(Protocol.TCP, target.address(), port)) {
            spots
                .computeIfAbsent(key, _ -> new Spot(target.address(), port, new ArrayList<>()))
                .askers()
                .add(asker);
          }
        }
      }
    }
    return List.copyOf(spots.values());
  }

  private static PortSet refused(String vantage, Target target, List<TargetReading> readings) {
    List<PortRange> refused = new ArrayList<>();
    for (TargetReading reading : readings) {
      if (reading.vantage().equals(vantage)
          && reading.address().equals(target.address())
          && reading.protocol().equals(Protocol.TCP)) {
        reading.runs().stream()
            .filter(WitnessPhase::isRefused)
            .map(PortRun::ports)
            .forEach(refused::add);
      }
    }
    return PortSet.of(refused);
  }

  private static boolean isRefused(PortRun run) {
    return run.observation() instanceof Measured m
        && m.state() == PortState.CLOSED
        && m.reason() == Reason.RESET;
  }

  private List<WitnessReport> hold(String name, Map<String, List<Spot>> spots, long deadline) {
    Vantage node = vantages.get(name);
    List<WitnessReport> reports = new ArrayList<>();
    for (Spot spot : spots.getOrDefault(name, List.of())) {
      for (Vantage asker : spot.askers()) {
        if (node == null || progress.cancelled() || System.nanoTime() - deadline > 0) {
          return reports;
        }
        hold(node, spot, asker).ifPresent(reports::add);
      }
    }
    return reports;
  }

  /// One witness for each asker, so that the source address seen is that asker's.
  private Optional<WitnessReport> hold(Vantage node, Spot spot, Vantage asker) {
    try {
      Optional<Witness> held = node.holdWitness(spot.address(), spot.port());
      if (held.isEmpty()) {
        return Optional.empty();
      }
      try (Witness witness = held.get()) {
        return Optional.of(ask(asker, spot, witness));
      }
    } catch (IOException _) {
      // Nothing was learnt of the port; what was learnt of it before stands.
      return Optional.empty();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static WitnessReport ask(Vantage asker, Spot spot, Witness witness)
      throws IOException, InterruptedException {
    boolean heard = false;
    int attempts = 0;
    while (!heard && attempts < ATTEMPTS) {
      if (attempts > 0) {
        Thread.sleep(GAP_MILLIS);
      }
      attempts++;
      heard =
          asker
              .askWitness(spot.address(), spot.port(), PATIENCE_MILLIS)
              .equals(Optional.of(witness.nonce()));
    }
    return new WitnessReport(
        asker.name(), spot.address(), spot.port(), heard, attempts, witness.seenFrom());
  }
}
