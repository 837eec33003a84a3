package io.k8sfw.inventory;

import io.k8sfw.matrix.Condition.Holds;
import io.k8sfw.model.Protocol;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// A Service that exists, and the port that every node forwards for it.
///
/// @param name `namespace/name`
/// @param nodePort 1..65535
/// @param externalTrafficPolicy empty where nobody said, which Kubernetes takes for Cluster
/// @param endpointNodes names of the nodes that have a ready endpoint; empty where nobody said
public record NodePortService(
    String name,
    Protocol protocol,
    int nodePort,
    Optional<TrafficPolicy> externalTrafficPolicy,
    Optional<List<String>> endpointNodes) {
  /// To which endpoints a node forwards what comes from outside the cluster (Kubernetes API,
  /// `Service.spec.externalTrafficPolicy`).
  public enum TrafficPolicy {
    CLUSTER,
    LOCAL;

    /// As the API has it: `Cluster`, `Local`.
    public String word() {
      return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
  }

  public NodePortService {
    endpointNodes = endpointNodes.map(List::copyOf);
  }

  /// Of which nothing else is known.
  public NodePortService(String name, Protocol protocol, int nodePort) {
    this(name, protocol, nodePort, Optional.empty(), Optional.empty());
  }

  /// Whether `node` has anything to forward to. Where it has not, kube-proxy itself drops or
  /// rejects (`pkg/proxy/iptables/proxier.go`: REJECT "has no endpoints", DROP "has no local
  /// endpoints"), and what a probe meets is not the firewall's doing.
  public Holds isServedBy(String node) {
    return isServedBy(node, endpointNodes.orElse(List.of()));
  }

  /// [#isServedBy], for as many nodes as one likes.
  public Function<String, Holds> serving() {
    Set<String> nodes = Set.copyOf(endpointNodes.orElse(List.of()));
    return node -> isServedBy(node, nodes);
  }

  private Holds isServedBy(String node, Collection<String> endpoints) {
    boolean local = externalTrafficPolicy.equals(Optional.of(TrafficPolicy.LOCAL));
    if (endpointNodes.isEmpty()) {
      return local ? Holds.UNKNOWN : Holds.YES;
    }
    boolean served = local ? endpoints.contains(node) : !endpoints.isEmpty();
    return served ? Holds.YES : Holds.NO;
  }
}
