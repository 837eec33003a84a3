package io.k8sfw.inventory;

import io.k8sfw.model.Zone;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds what an inventory has by its name, as often as one likes: an [Inventory] itself looks
/// through all it has.
public final class InventoryIndex {
  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<String, VantagePoint> vantagePoints = new HashMap<>();
  private final Set<Zone> roles = new HashSet<>();

  public InventoryIndex(Inventory inventory) {
    for (Node node : inventory.nodes()) {
      nodes.putIfAbsent(node.name(), node);
      roles.addAll(node.zones());
    }
    for (VantagePoint place : inventory.vantagePoints()) {
      vantagePoints.putIfAbsent(place.name(), place);
    }
  }

  public Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  public Optional<VantagePoint> vantagePoint(String name) {
    return Optional.ofNullable(vantagePoints.get(name));
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
