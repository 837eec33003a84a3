package io.k8sfw.observation;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.net.InetAddress;

/// What the agent on a node knows of its sockets, before and after the batch.
public record TargetEvidence(String node, SocketTable before, SocketTable after) {
  /// Ports that were taken both before and after.
  public PortSet held(Protocol protocol, InetAddress address) {
    return before.held(protocol, address).intersect(after.held(protocol, address));
  }

  /// Ports that were taken before or after, but not both: nobody knows when it changed.
  public PortSet changed(Protocol protocol, InetAddress address) {
    PortSet either = before.held(protocol, address).union(after.held(protocol, address));
    return either.minus(held(protocol, address));
  }

  /// Whether nothing took the port, neither before nor after.
  public boolean isFree(Protocol protocol, InetAddress address, int port) {
    return !before.holds(protocol, address, port) && !after.holds(protocol, address, port);
  }

  /// Whether some listener of the node dropped SYNs during the batch because its accept queue was
  /// full.
  public boolean acceptQueueOverflowed() {
    return before.listenOverflows() < 0
        || after.listenOverflows() < 0
        || after.listenOverflows() > before.listenOverflows();
  }

  /// Whether some socket of the node dropped packets during the batch because they were not signed.
  public boolean unsignedDropped() {
    return before.unsignedDropped() >= 0 && after.unsignedDropped() > before.unsignedDropped();
  }
}
