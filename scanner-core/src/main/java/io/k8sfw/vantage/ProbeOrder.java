package io.k8sfw.vantage;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// What one vantage point is asked to probe: addresses and ports, and nothing of what is hoped for.
///
/// @param seed orders the probes and picks control ports; the same seed gives the same order
/// @param externalControl whether 192.0.2.1 (TEST-NET-1, RFC 5737) may be asked as a negative
///   control
/// @param trackedAtMost entries that the attempts of the order may hold at any time in the
///   connection tracking tables on their way; [Integer#MAX_VALUE] where nobody said
public record ProbeOrder(
    String vantage,
    List<Target> targets,
    Pace pace,
    long seed,
    boolean externalControl,
    int trackedAtMost) {
  /// @param node the node that has the address, where its socket table can be asked
  /// @param ports to learn the state of; never empty
  /// @param witnessable those of `ports` that may be held for a moment, should they turn out free
  /// @param guarded those of `ports` that are only connected to when the node says that nothing
  ///   listens: a connect there can do harm
  public record Target(
      Optional<String> node,
      InetAddress address,
      Protocol protocol,
      PortSet ports,
      PortSet witnessable,
      PortSet guarded) {}

  public ProbeOrder {
    targets = List.copyOf(targets);
  }

  /// Ports to learn the state of, over all targets.
  public long size() {
    return targets.stream().mapToLong(t -> t.ports().size()).sum();
  }
}
