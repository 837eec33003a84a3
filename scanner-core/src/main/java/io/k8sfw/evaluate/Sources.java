package io.k8sfw.evaluate;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryIndex;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Network;
import io.k8sfw.model.Zone;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.VantageReport;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whom firewalls take the vantage points for: they see source addresses, and nothing else.
final class Sources {
  private record Way(String vantage, InetAddress target) {}

  private final Inventory inventory;
  private final InventoryIndex index;
  private final Map<Way, Set<InetAddress>> arriving = new HashMap<>();

  private final Map<InetAddress, String> nodeAt = new HashMap<>();

  /// By vantage point: why it stands for no place outside.
  private final Map<String, String> inside = new HashMap<>();

  /// By target and source: who comes with it.
  private final Map<InetAddress, Map<InetAddress, SortedSet<String>>> sharing = new HashMap<>();

  Sources(Inventory inventory, Observations observations) {
    this.inventory = inventory;
    this.index = new InventoryIndex(inventory);
    for (Node node : inventory.nodes()) {
      node.addresses().forEach(a -> nodeAt.putIfAbsent(a.address(), node.name()));
    }
    Set<String> apart =
        observations.vantages().stream()
            .filter(v -> v.taken().isPresent())
            .map(VantageReport::vantage)
            .collect(Collectors.toSet());
    for (SourceReport report : observations.sources()) {
      Stream.of(report.own(), report.seen())
          .flatMap(Optional::stream)
          .filter(source -> !source.isLoopbackAddress())
          .forEach(source -> place(report.vantage(), source));
      report
          .seen()
          .or(report::own)
          // An address may have been another's at another time.
          .filter(source -> !source.isLoopbackAddress() && !apart.contains(report.vantage()))
          .ifPresent(source -> {
            arriving
                .computeIfAbsent(
                    new Way(report.vantage(), report.target()), _ -> new LinkedHashSet<>())
                .add(source);
            sharing
                .computeIfAbsent(report.target(), _ -> new HashMap<>())
                .computeIfAbsent(source, _ -> new TreeSet<>())
                .add(report.vantage());
          });
    }
  }

  private void place(String vantage, InetAddress source) {
    String node = nodeAt.get(source);
    if (node != null) {
      inside.putIfAbsent(
          vantage, "it comes as " + AddressText.of(source) + ", an address of the node " + node);
    }
    for (Network network : inventory.clusterNetworks()) {
      if (network.contains(source)) {
        inside.putIfAbsent(
            vantage, "it comes as " + AddressText.of(source) + ", of the cluster's " + network);
      }
    }
  }

  /// Why what a place saw is not what `from` would see; empty where nothing says so, or all of
  /// `from` are inside anyway.
  Optional<String> notOutside(String vantage, Set<Zone> from) {
    Optional<VantagePoint> point = index.vantagePoint(vantage);
    boolean outside =
        point.isPresent()
            && point.get().node().isEmpty()
            && !from.stream().allMatch(index::isInside);
    return outside ? Optional.ofNullable(inside.get(vantage)) : Optional.empty();
  }

  /// Other vantage points that arrive at `target` from where this one does, and the address that
  /// they share, for each of them one.
  Map<String, InetAddress> twins(String vantage, InetAddress target) {
    Map<String, InetAddress> twins = new TreeMap<>();
    for (InetAddress source : arriving.getOrDefault(new Way(vantage, target), Set.of())) {
      for (String other :
          sharing.getOrDefault(target, Map.of()).getOrDefault(source, new TreeSet<>())) {
        if (!other.equals(vantage)) {
          twins.putIfAbsent(other, source);
        }
      }
    }
    return twins;
  }

  /// Nodes as which this vantage point arrives at `target`, and the address, for each of them one.
  Map<String, InetAddress> nodes(String vantage, InetAddress target) {
    Map<String, InetAddress> nodes = new TreeMap<>();
    for (InetAddress source : arriving.getOrDefault(new Way(vantage, target), Set.of())) {
      String node = nodeAt.get(source);
      if (node != null) {
        nodes.putIfAbsent(node, source);
      }
    }
    return nodes;
  }

  /// What a node is; empty for one that the inventory does not have.
  Set<Zone> zones(String node) {
    return index.node(node).map(Node::zones).map(Set::copyOf).orElse(Set.of());
  }
}
