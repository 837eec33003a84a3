package io.k8sfw.kubernetes;

import io.k8sfw.model.Tunnel;
import io.k8sfw.model.Zone;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// A node, as it goes into the inventory.
///
/// @param zones their names, at least one
/// @param zonesFrom what they follow from
/// @param addresses in the order of the cluster; empty where none is usable
record FoundNode(
    String name, List<String> zones, String zonesFrom, List<Address> addresses, boolean hasAgent) {
  /// @param type as inventories have it: `internal`, `external`, `overlay`
  /// @param tunnel what ends at an overlay address
  record Address(InetAddress address, String type, Optional<Tunnel> tunnel) {}

  FoundNode {
    zones = List.copyOf(zones);
    addresses = List.copyOf(addresses);
  }

  boolean isOf(Zone zone) {
    return zones.contains(zone.name());
  }
}
