package io.k8sfw.observation;

import io.k8sfw.model.Protocol;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// What one vantage point observed of one address.
///
/// @param runs ascending, disjoint; every port that was ordered is in exactly one
public record TargetReading(
    String vantage, InetAddress address, Protocol protocol, List<PortRun> runs) {
  public TargetReading {
    runs = List.copyOf(runs);
  }

  public Optional<PortRun> at(int port) {
    return runs.stream().filter(r -> r.ports().contains(port)).findFirst();
  }
}
