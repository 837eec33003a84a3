package io.k8sfw.observation;

import io.k8sfw.model.Protocol;
import java.net.InetAddress;

/// What the agent on a node knows of its sockets, before and after the batch.
public record TargetEvidence(String node, SocketTable before, SocketTable after) {
  /// Whether a port was taken.
  public enum Hold {
    HELD,
    FREE,
    /// It changed in between, or nobody on the node could tell.
    UNKNOWN
  }

  public Hold hold(Protocol protocol, InetAddress address, int port) {
    boolean first = before.holds(protocol, address, port);
    boolean second = after.holds(protocol, address, port);
    if (first != second) {
      return Hold.UNKNOWN;
    }
    return first ? Hold.HELD : Hold.FREE;
  }

  /// Whether some listener of the node dropped SYNs during the batch because its accept queue was
  /// full.
  public boolean acceptQueueOverflowed() {
    return before.listenOverflows() < 0
        || after.listenOverflows() < 0
        || after.listenOverflows() > before.listenOverflows();
  }
}
