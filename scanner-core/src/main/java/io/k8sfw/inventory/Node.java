package io.k8sfw.inventory;

import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Family;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Zone;
import java.util.List;
import java.util.SortedSet;

/// A node of the cluster.
///
/// @param zones its roles; never empty
/// @param addresses in the order of the file; never empty
public record Node(String name, SortedSet<Zone> zones, List<NodeAddress> addresses) {
  public Node {
    addresses = List.copyOf(addresses);
  }

  public boolean has(AddressClass type, Family family) {
    return addresses.stream().anyMatch(a -> a.type() == type && a.family() == family);
  }
}
