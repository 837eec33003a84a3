package io.k8sfw.vantage;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  /// @param guarded ports that are only connected to when the node says that nothing listens: a
  ///   connect there can do harm
  /// @param ifListening ports that are asked as well where the node says that something listens
  /// @param lastResort those of `guarded` that may be connected to after all, where no harmless way
  ///   tells their state
  public record Target(
      Optional<String> node,
      InetAddress address,
      Protocol protocol,
      PortSet ports,
      PortSet witnessable,
      PortSet guarded,
      PortSet ifListening,
      PortSet lastResort) {
    /// Asks for `ports` and nothing more, and does no harm.
    public Target(
        Optional<String> node,
        InetAddress address,
        Protocol protocol,
        PortSet ports,
        PortSet witnessable,
        PortSet guarded) {
      this(node, address, protocol, ports, witnessable, guarded, PortSet.NONE, PortSet.NONE);
    }

    /// The same with other ports to ask.
    public Target withPorts(PortSet others) {
      return new Target(
          node, address, protocol, others, witnessable, guarded, ifListening, lastResort);
    }

    /// The same with other ports to beware of.
    public Target withGuarded(PortSet others) {
      return new Target(
          node, address, protocol, ports, witnessable, others, ifListening, lastResort);
    }
  }

  public ProbeOrder {
    targets = List.copyOf(targets);
  }

  /// The same with other targets.
  public ProbeOrder withTargets(List<Target> others) {
    return new ProbeOrder(vantage, others, pace, seed, externalControl, trackedAtMost);
  }

  /// The same cut into one for each address, in the order of their first targets.
  public List<ProbeOrder> byAddress() {
    Map<InetAddress, List<Target>> byAddress = new LinkedHashMap<>();
    targets.forEach(t -> byAddress.computeIfAbsent(t.address(), _ -> new ArrayList<>()).add(t));
    return byAddress.values().stream().map(this::withTargets).toList();
  }

  /// Ports to learn the state of, over all targets.
  public long size() {
    return targets.stream().mapToLong(t -> t.ports().size()).sum();
  }
}
