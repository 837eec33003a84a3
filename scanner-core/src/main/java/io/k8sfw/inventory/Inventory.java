package io.k8sfw.inventory;

import io.k8sfw.matrix.Facts;
import io.k8sfw.model.Network;
import io.k8sfw.model.Tunnel;
import io.k8sfw.model.Zone;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What exists: nodes, and the places that probes may leave from.
///
/// @param source the file as the user named it
/// @param sha256 of the file's bytes, 64 hex digits
/// @param vantagePoints every node with an agent, then the places outside, in the order of the file
/// @param outOfScope what this audit leaves out on purpose
/// @param clusterNetworks where pods and Services have their addresses
/// @param tunnels what is declared of the overlays that end at some of the overlay addresses
public record Inventory(
    String name,
    String source,
    String sha256,
    Facts facts,
    List<Node> nodes,
    List<VantagePoint> vantagePoints,
    List<NodePortService> services,
    List<Scope> outOfScope,
    List<Network> clusterNetworks,
    Map<InetAddress, Tunnel> tunnels) {
  /// Without declared tunnels.
  public Inventory(
      String name,
      String source,
      String sha256,
      Facts facts,
      List<Node> nodes,
      List<VantagePoint> vantagePoints,
      List<NodePortService> services,
      List<Scope> outOfScope,
      List<Network> clusterNetworks) {
    this(
        name,
        source,
        sha256,
        facts,
        nodes,
        vantagePoints,
        services,
        outOfScope,
        clusterNetworks,
        Map.of());
  }

  public Inventory {
    nodes = List.copyOf(nodes);
    vantagePoints = List.copyOf(vantagePoints);
    services = List.copyOf(services);
    outOfScope = List.copyOf(outOfScope);
    clusterNetworks = List.copyOf(clusterNetworks);
    tunnels = Map.copyOf(tunnels);
  }

  /// This one, with other facts.
  public Inventory withFacts(Facts other) {
    return new Inventory(
        name,
        source,
        sha256,
        other,
        nodes,
        vantagePoints,
        services,
        outOfScope,
        clusterNetworks,
        tunnels);
  }

  /// This one, which leaves out more.
  ///
  /// @param sha256 that names both files
  public Inventory leavingOut(List<Scope> more, String sha256) {
    List<Scope> all = new ArrayList<>(outOfScope);
    all.addAll(more);
    return new Inventory(
        name, source, sha256, facts, nodes, vantagePoints, services, all, clusterNetworks, tunnels);
  }

  public Optional<Node> node(String name) {
    return nodes.stream().filter(n -> n.name().equals(name)).findFirst();
  }

  /// Pods, and every role that a node has.
  public Set<Zone> zonesInside() {
    Set<Zone> inside = new HashSet<>(Set.of(Zone.POD));
    nodes.forEach(node -> inside.addAll(node.zones()));
    return inside;
  }

  /// Whether a zone is pods, or a role of nodes; all others are outside.
  public boolean isInside(Zone zone) {
    return zone.equals(Zone.POD) || nodes.stream().anyMatch(n -> n.zones().contains(zone));
  }

  public Optional<VantagePoint> vantagePoint(String name) {
    return vantagePoints.stream().filter(v -> v.name().equals(name)).findFirst();
  }
}
