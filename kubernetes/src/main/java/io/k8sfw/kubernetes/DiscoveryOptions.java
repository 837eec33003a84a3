package io.k8sfw.kubernetes;

import java.util.List;
import java.util.Optional;

/// What a cluster does not tell, and its administrator does.
///
/// @param zoneLabel a label of nodes whose value is a zone, beside the labels of roles
/// @param etcd members of etcd that are no nodes of the cluster
/// @param places vantage points beside nodes and pods
public record DiscoveryOptions(
    Optional<String> zoneLabel, List<EtcdMember> etcd, List<Place> places) {
  public static final DiscoveryOptions NONE =
      new DiscoveryOptions(Optional.empty(), List.of(), List.of());

  /// @param address as text, of any family
  public record EtcdMember(String name, String address) {}

  /// @param zones at least one
  /// @param agent as inventories have it: `local`, `offline`, or of two words, `netns NAME` and
  ///   `ssh HOST`
  public record Place(String name, List<String> zones, String agent) {
    public Place {
      zones = List.copyOf(zones);
    }
  }

  public DiscoveryOptions {
    etcd = List.copyOf(etcd);
    places = List.copyOf(places);
  }
}
