package io.k8sfw.probes;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Vantage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The sockets of all places that can tell them, read at one time.
final class SocketTables {
  /// Ports of an address that are asked because something listens on them.
  private static final int MOST_LISTENING = 256;

  private final Map<String, Vantage> vantages;
  private final Map<String, Read> reads;

  private SocketTables(Map<String, Vantage> vantages, Set<String> places) {
    this.vantages = vantages;
    this.reads = Parallel.each(places, this::read);
  }

  /// A socket table, or why there is none.
  private record Read(Optional<SocketTable> table, Optional<String> failure) {}

  /// Of nodes which are probed, and of places that may have sessions with such.
  static SocketTables of(List<ProbeOrder> orders, Map<String, Vantage> vantages) {
    Set<String> places = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      for (Target target : order.targets()) {
        target.node().filter(node -> canTell(vantages.get(node))).ifPresent(places::add);
        if (!target.guarded().isEmpty() && canTell(vantages.get(order.vantage()))) {
          places.add(order.vantage());
        }
      }
    }
    return new SocketTables(vantages, places);
  }

  private static boolean canTell(@Nullable Vantage vantage) {
    return vantage != null && vantage.capabilities().contains(Capability.SOCKET_TABLE);
  }

  /// The same places, as they are now.
  SocketTables again() {
    return new SocketTables(vantages, reads.keySet());
  }

  private Read read(String place) {
    Vantage vantage = vantages.get(place);
    try {
      return new Read(vantage == null ? Optional.empty() : vantage.socketTable(), Optional.empty());
    } catch (IOException | RuntimeException e) {
      return new Read(Optional.empty(), Optional.of("its socket table: " + LiveCampaign.cause(e)));
    }
  }

  /// By the name of the place.
  Map<String, SocketTable> known() {
    Map<String, SocketTable> known = new LinkedHashMap<>();
    reads.forEach((place, read) -> read.table().ifPresent(table -> known.put(place, table)));
    return known;
  }

  /// Why there is none of a place that could tell.
  Optional<String> failure(String place) {
    return Optional.ofNullable(reads.get(place)).flatMap(Read::failure);
  }

  private Optional<SocketTable> table(Target target) {
    return target.node().flatMap(node -> Optional.ofNullable(reads.get(node))).flatMap(Read::table);
  }

  /// What listens on a node is asked for as well, where the order wants that.
  ProbeOrder withListening(ProbeOrder order) {
    return order.withTargets(
        order.targets().stream()
            .map(target -> {
              PortSet held =
                  table(target)
                      .map(t -> t.held(target.protocol(), target.address()))
                      .orElse(PortSet.NONE)
                      .intersect(target.ifListening());
              PortSet some =
                  PortSet.of(
                      held.stream()
                          .limit(MOST_LISTENING)
                          .mapToObj(p -> new PortRange(p, p))
                          .toList());
              return target.withPorts(target.ports().union(some));
            })
            .toList());
  }

  /// Guarded ports that the node itself says nobody listens on may be asked like any other.
  ProbeOrder withProvenFree(ProbeOrder order) {
    return order.withTargets(
        order.targets().stream()
            .map(target -> {
              Optional<SocketTable> table = table(target);
              PortSet guarded = PortSet.NONE;
              for (int port : target.guarded().intersect(target.ports()).stream().toArray()) {
                if (table.isEmpty()
                    || table.get().holds(target.protocol(), target.address(), port)) {
                  guarded = guarded.union(PortSet.of(port));
                }
              }
              return target.withGuarded(guarded);
            })
            .toList());
  }

  /// What the nodes of the orders said of themselves, at this time and at a later one.
  List<TargetEvidence> evidence(List<ProbeOrder> orders, SocketTables after) {
    Set<String> nodes = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      order.targets().forEach(target -> target.node().ifPresent(nodes::add));
    }
    Map<String, SocketTable> then = after.known();
    List<TargetEvidence> evidence = new ArrayList<>();
    known()
        .forEach((node, first) -> {
          SocketTable second = then.get(node);
          if (nodes.contains(node) && second != null) {
            evidence.add(new TargetEvidence(node, first, second));
          }
        });
    return evidence;
  }
}
