package io.k8sfw.probes;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.Arrivals;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Shows that open ports are those of the node: it sees attempts on them arrive. Else a redirect on
/// the way leads them to another machine, whose answers say nothing of the node. Where others
/// connect to the port at that moment, theirs are taken for ours: nothing is held against a busy
/// port.
final class AnswererPhase {
  /// Open ports of one node that one vantage point asks again.
  private static final int MOST = 16;

  /// Forwarded by the node, or by its network card (the default range of Kubernetes): some ways to
  /// do that are faster than whoever watches.
  private static final PortSet NODE_PORTS = PortSet.of(30000, 32767);

  private static final int PATIENCE_MILLIS = 500;
  private static final int GLANCE_MILLIS = 10;

  private final Map<String, Vantage> vantages;
  private final Progress progress;

  AnswererPhase(Map<String, Vantage> vantages, Progress progress) {
    this.vantages = vantages;
    this.progress = progress;
  }

  /// @param arrived addresses at which each vantage point was seen to arrive otherwise
  /// @return a control for each open port whose attempts were not seen
  List<Control> run(
      List<ProbeOrder> orders,
      List<TargetReading> readings,
      Map<String, Set<InetAddress>> arrived) {
    Map<String, Map<Vantage, Set<InetSocketAddress>>> open = new LinkedHashMap<>();
    for (ProbeOrder order : orders) {
      Vantage asker = vantages.get(order.vantage());
      Set<InetAddress> sure = arrived.getOrDefault(order.vantage(), Set.of());
      for (Target target : order.targets()) {
        if (asker != null && sure.contains(target.address()) && target.node().isPresent()) {
          Set<InetSocketAddress> ports =
              open.computeIfAbsent(target.node().get(), _ -> new LinkedHashMap<>())
                  .computeIfAbsent(asker, _ -> new LinkedHashSet<>());
          open(order.vantage(), target, readings).stream()
              .limit(MOST)
              .mapToObj(port -> new InetSocketAddress(target.address(), port))
              .forEach(ports::add);
        }
      }
    }
    return Parallel.each(open.keySet(), node -> ask(node, open.getOrDefault(node, Map.of())))
        .values()
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private static PortSet open(String vantage, Target target, List<TargetReading> readings) {
    PortSet open = PortSet.NONE;
    for (TargetReading reading : readings) {
      if (reading.vantage().equals(vantage)
          && reading.address().equals(target.address())
          && reading.protocol().equals(Protocol.TCP)
          && target.protocol().equals(Protocol.TCP)) {
        open =
            open.union(
                PortSet.of(
                    reading.runs().stream()
                        .filter(AnswererPhase::isOpen)
                        .map(PortRun::ports)
                        .toList()));
      }
    }
    return open.intersect(target.ports()).minus(target.guarded()).minus(NODE_PORTS);
  }

  private static boolean isOpen(PortRun run) {
    return run.observation() instanceof Measured m && m.state() == PortState.OPEN;
  }

  /// One vantage point after the other, each before eyes of its own: what arrives does not say who
  /// sent it.
  private List<Control> ask(String node, Map<Vantage, Set<InetSocketAddress>> open) {
    List<Control> astray = new ArrayList<>();
    open.forEach((asker, ports) -> {
      if (!ports.isEmpty() && !progress.cancelled()) {
        astray.addAll(ask(node, asker, ports));
      }
    });
    return astray;
  }

  private List<Control> ask(String node, Vantage asker, Set<InetSocketAddress> ports) {
    Vantage watcher = vantages.get(node);
    if (watcher == null || !watcher.capabilities().contains(Capability.PACKET_TAP)) {
      return List.of();
    }
    try {
      Optional<Arrivals> tap = watcher.watchArrivals();
      if (tap.isEmpty()) {
        return List.of();
      }
      try (Arrivals arrivals = tap.get()) {
        return Parallel.each(ports, port -> arrives(asker, port, arrivals)).entrySet().stream()
            .filter(e -> !e.getValue())
            .map(e -> control(asker.name(), node, e.getKey()))
            .toList();
      }
    } catch (IOException | RuntimeException _) {
      // Nothing was learnt, and nothing is held against anybody.
      return List.of();
    }
  }

  /// False only for what connects, time and again, and never arrives.
  private static boolean arrives(Vantage asker, InetSocketAddress port, Arrivals arrivals) {
    try {
      for (int i = 0; i < Effort.CLEAN_ATTEMPTS; i++) {
        asker.askWitness(Protocol.TCP, port.getAddress(), port.getPort(), "", PATIENCE_MILLIS);
        for (int waited = 0; waited < PATIENCE_MILLIS; waited += GLANCE_MILLIS) {
          if (arrivals.seenFrom(port.getAddress(), port.getPort()).isPresent()) {
            return true;
          }
          Thread.sleep(GLANCE_MILLIS);
        }
      }
      return false;
    } catch (IOException | RuntimeException _) {
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private static Control control(String vantage, String node, InetSocketAddress port) {
    return new Control(
        vantage,
        port.getAddress(),
        Kind.ANSWERER,
        Phase.AFTER,
        port.getPort(),
        false,
        node
            + " did not see attempts on its open port "
            + AddressText.of(port.getAddress())
            + " "
            + port.getPort()
            + " arrive");
  }
}
