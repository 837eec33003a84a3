package io.k8sfw.probes.simulation;

import io.k8sfw.model.Protocol;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/// Who is where, and what can go wrong on the way there.
///
/// @param hosts a target that is not among them does not exist: nothing answers there
record World(long seed, Map<InetAddress, Host> hosts, List<Trouble> troubles) {
  /// Ports of one address, told apart by where one comes from.
  interface Ports {
    Truth at(String vantage, Protocol protocol, int port);
  }

  /// @param roundTripNanos when nothing is in the way
  /// @param prohibits its ICMP rejections say "administratively prohibited", not "port unreachable"
  /// @param queue connections that a hung listener takes
  record Host(
      InetAddress address, Ports ports, long roundTripNanos, boolean prohibits, int queue) {}

  Truth truth(String vantage, InetAddress address, Protocol protocol, int port) {
    Host host = hosts.get(address);
    return host == null ? Truth.DROPPED : host.ports().at(vantage, protocol, port);
  }

  boolean has(Class<? extends Trouble> kind) {
    return troubles.stream().anyMatch(kind::isInstance);
  }

  World with(Trouble... more) {
    return new World(
        seed,
        hosts,
        java.util.stream.Stream.concat(troubles.stream(), java.util.Arrays.stream(more)).toList());
  }
}
