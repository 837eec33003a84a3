package io.k8sfw.inventory;

import io.k8sfw.matrix.Facts;
import io.k8sfw.model.Tunnel;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What exists: nodes, and the places that probes may leave from.
///
/// @param source the file as the user named it
/// @param sha256 of the file's bytes, 64 hex digits
/// @param vantagePoints every node with an agent, then the places outside, in the order of the file
/// @param outOfScope what this audit leaves out on purpose
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
      List<Scope> outOfScope) {
    this(name, source, sha256, facts, nodes, vantagePoints, services, outOfScope, Map.of());
  }

  public Inventory {
    nodes = List.copyOf(nodes);
    vantagePoints = List.copyOf(vantagePoints);
    services = List.copyOf(services);
    outOfScope = List.copyOf(outOfScope);
    tunnels = Map.copyOf(tunnels);
  }

  public Optional<Node> node(String name) {
    return nodes.stream().filter(n -> n.name().equals(name)).findFirst();
  }

  public Optional<VantagePoint> vantagePoint(String name) {
    return vantagePoints.stream().filter(v -> v.name().equals(name)).findFirst();
  }
}
