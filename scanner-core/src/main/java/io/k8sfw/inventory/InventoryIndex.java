package io.k8sfw.inventory;

import io.k8sfw.matrix.Condition.Holds;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Finds what an inventory has by its name, as often as one likes: an [Inventory] itself looks
/// through all it has.
public final class InventoryIndex {
  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<String, VantagePoint> vantagePoints = new HashMap<>();
  private final Set<Zone> roles = new HashSet<>();
  private final Map<Port, NodePortService> services = new HashMap<>();
  private final IdentityHashMap<NodePortService, Function<String, Holds>> serving =
      new IdentityHashMap<>();

  private record Port(Protocol protocol, int number) {}

  public InventoryIndex(Inventory inventory) {
    for (Node node : inventory.nodes()) {
      nodes.putIfAbsent(node.name(), node);
      roles.addAll(node.zones());
    }
    for (VantagePoint place : inventory.vantagePoints()) {
      vantagePoints.putIfAbsent(place.name(), place);
    }
    for (NodePortService service : inventory.services()) {
      services.putIfAbsent(new Port(service.protocol(), service.nodePort()), service);
    }
  }

  public Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  public Optional<VantagePoint> vantagePoint(String name) {
    return Optional.ofNullable(vantagePoints.get(name));
  }

  /// The one that has this NodePort.
  public Optional<NodePortService> service(Protocol protocol, int nodePort) {
    return Optional.ofNullable(services.get(new Port(protocol, nodePort)));
  }

  /// As [NodePortService#isServedBy].
  public Holds isServed(NodePortService service, String node) {
    return serving.computeIfAbsent(service, NodePortService::serving).apply(node);
  }

  /// Whether some node plays this role.
  public boolean isRole(Zone zone) {
    return roles.contains(zone);
  }

  /// Whether a zone is pods, or a role of nodes; all others are outside.
  public boolean isInside(Zone zone) {
    return zone.equals(Zone.POD) || isRole(zone);
  }
}
